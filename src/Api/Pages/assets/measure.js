// What is measured: from the tap to the answer ("durable") and to the notice on the other phones ("told"), by the browser's clock. Every
// number stands in a performance mark as well, where tests and curious people can read it. Nothing is smoothed or left out.
const readings = 200;

/** The step of the browser's clock in ms: the smallest difference that it shows. */
function clockStep() {
  let step = Infinity;
  let last = performance.now();
  for (let i = 0; i < readings;) {
    const now = performance.now();
    if (now > last) {
      step = Math.min(step, now - last);
      last = now;
      i++;
    }
  }
  return step;
}

const step = clockStep();
const isFine = step <= 0.25;

/** A measured time as text. */
export function inWords(ms) {
  if (ms >= 1000) {
    return `${(ms / 1000).toFixed(1)} s`;
  }
  return isFine ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms ±${Math.max(1, Math.round(step))}`;
}

export function middle(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length === 0 ? null : sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** One sign-out that is being measured. */
export class Run {
  constructor(phone, mode, listeners, absent) {
    this.phone = phone;
    this.mode = mode;
    this.status = null;
    this.durable = null;
    this.isOver = false;
    this.wasHidden = document.hidden;
    this.told = new Map(); // phone → ms
    this.listeners = mode === 2 ? listeners : [];
    this.absent = mode === 2 ? absent : []; // signed in, and not listening
    this.begin = performance.mark('sign-out').startTime;
  }

  markDurable(status) {
    this.status = status;
    this.durable = performance.mark('durable').startTime - this.begin;
  }

  /** Notes that a phone has the notice; the ms since the tap. `at` is the mark of the handler's first line. */
  markTold(phone, at) {
    this.told.set(phone, at - this.begin);
    return at - this.begin;
  }

  get isComplete() {
    return this.durable !== null && (this.isOver || this.status !== 200 || this.listeners.every((phone) => this.told.has(phone)));
  }

  get lastTold() {
    return this.told.size === 0 ? null : Math.max(...this.told.values());
  }

  /** The line as parts: text, and numbers as [text]. */
  get line() {
    const durable = [inWords(this.durable)];
    const busy = Math.max(this.durable, this.lastTold ?? 0) >= 1000 ? ' (the computer is busy)' : '';
    if (this.status !== 200) {
      return [`Not signed out: the service answered ${this.status} after `, durable];
    }
    if (this.mode === 1) {
      return ['Durable after ', durable, `${busy}. One session ended: other devices are not told about that.`];
    }
    if (this.lastTold === null) {
      return ['Durable after ', durable, busy + this.owedWords];
    }
    const told = [inWords(this.lastTold)];
    return this.lastTold < this.durable
      ? ['Told after ', told, ', durable at the latest after ', durable, busy]
      : ['Durable after ', durable, ', told after ', told, busy];
  }

  get owedWords() {
    const waiting = this.listeners.length + this.absent.length;
    return waiting === 0 ? '. No other phone is signed in' : waiting === 1 ? ', 1 phone is owed a notice' : `, ${waiting} phones are owed a notice`;
  }
}

/** The end of an axis that holds a value: never a broken one. */
export const scaleOf = (ms) => [10, 20, 50, 100, 200, 500, 1000].find((end) => ms <= end) ?? Math.ceil(ms / 1000) * 1000;
