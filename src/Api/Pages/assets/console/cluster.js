// Does it work, is anything lost: two sentences and five numbers of the node that answers, every two seconds, in place.
import { el, say } from '/assets/dom.js';
import { logAway, read } from '/assets/console/calls.js';
import { clock, duration } from '/assets/console/times.js';

const everyMs = 2000;
const oldMs = 10000;
const slowMs = 250;
const lateMs = 10000;
const stuckMs = 5000;

const todo = {
  log: [
    'The log cannot be used',
    'Look at this node’s last line: it names the cause (disk full, database away, wrong clock). Sign-outs that were answered are '
    + 'stored; apps repeat the others by themselves. Nothing needs a restart: writing goes on when the log does.',
  ],
  silos: [
    'No silo can be reached',
    'Look at the last lines of the silos. Start one: its first line says what it lacks. Nothing acknowledged is lost.',
  ],
  slow: [
    'The log is slow',
    'Look for another writer on that disk, a backup that runs, or a database that is busy. Sign-outs are late, not lost.',
  ],
  feed: [
    'What this node hands on is late',
    'Is the log readable? Does an open transaction hold the feed back? Restart a node that lags alone: phones connect again and '
    + 'miss nothing.',
  ],
  notice: [
    'Devices listen and have not been told',
    'The event was read and its stream does not take it: the node’s processor or network. One node alone: restart it, phones connect '
    + 'again and miss nothing. The sessions are refused all the same.',
  ],
};

class Cluster {
  constructor(main, person) {
    this.sentences = el('div', { class: 'sentences', role: 'status' }, el('p', { class: 'say' }, 'Loading…'));
    this.todo = el('div', {});
    this.age = el('p', { class: 'small quiet' });
    this.numbers = new Map(['Silos', 'Feed lag', 'Oldest waiting notice', 'Store', 'Refusals'].map((name) => [name, el('dd', {}, '–')]));
    const links = [
      el('a', { href: '/orleans' }, 'Orleans dashboard'), person.grafanaUrl ? el('a', { href: person.grafanaUrl }, 'Grafana') : null,
    ].filter(Boolean);
    main.replaceChildren(
      el('h1', {}, 'Cluster'), el('section', { class: 'panel answer', 'aria-label': 'Does it work?' }, this.sentences, this.todo, this.age),
      el('section', { class: 'panel clip', 'aria-labelledby': 'numbers' },
        el('header', {}, el('h2', { id: 'numbers' }, 'Numbers of this node'), el('span', { class: 'acts small' }, ...links)),
        el('dl', { class: 'numbers' }, ...[...this.numbers].map(([name, value]) => el('div', {}, el('dt', {}, name), value)))));
    this.read();
    this.timer = setInterval(() => this.read(), everyMs);
  }

  async read() {
    if (this.isReading) {
      return;
    }
    this.isReading = true;
    try {
      this.show(await read('/internal/status/v1', { isRefresh: true, signal: AbortSignal.timeout(oldMs) }));
      this.readAt = Date.now();
    } catch (error) {
      this.old(error);
    } finally {
      this.isReading = false;
    }
  }

  old(error) {
    if (error.status === 503) {
      this.said = null;
      this.sentences.className = 'sentences bad';
      this.sentences.replaceChildren(el('p', { class: 'say' }, `The node cannot answer: ${logAway}`));
      this.showFaults(['log']);
    }
    if (!this.readAt || Date.now() - this.readAt < oldMs) {
      return;
    }
    this.numbers.forEach((value) => value.classList.add('struck'));
    say(this.age, `No answer since ${clock(this.readAt, { seconds: true })}.`);
  }

  show(status) {
    const active = status.silos?.filter((silo) => silo.status === 'active').length;
    this.sentences.className = status.logWorks && active > 0 ? 'sentences' : 'sentences bad';
    const lines = status.sentences.map((line, index) => [line, index === 0 ? 'say' : '']);
    if (this.said !== status.sentences.join()) {
      this.said = status.sentences.join();
      this.sentences.replaceChildren(...lines.map(([line, kind]) => el('p', { class: kind }, line)));
    }
    this.showTodo(status, active);
    this.set('Silos', status.silos ? `${active} of ${status.silos.length}` : 'not known', !status.silos || active < status.silos.length);
    this.set('Feed lag', status.feedLagMilliseconds === undefined ? 'not known' : duration(status.feedLagMilliseconds),
      !(status.feedLagMilliseconds < lateMs));
    const waits = status.oldestWaitingNoticeMilliseconds;
    this.set('Oldest waiting notice', waits === 0 ? 'none waits' : duration(waits), waits > stuckMs);
    const p99 = status.appends.p99Milliseconds;
    const store = p99 === undefined ? `no append within ${status.appends.windowSeconds} s` : `${duration(p99)} an append (p99, 1 min)`;
    this.set('Store', store, p99 > slowMs);
    this.set('Refusals', this.refusals(status.refusals), false);
    this.numbers.forEach((value) => value.classList.remove('struck'));
    say(this.age, `Node ${status.node}, ${clock(status.at, { seconds: true })}`);
  }

  showTodo(status, active) {
    const faults = [
      status.logWorks ? null : 'log', status.logWorks && !(active > 0) ? 'silos' : null,
      status.appends.p99Milliseconds > slowMs ? 'slow' : null, status.feedLagMilliseconds > lateMs ? 'feed' : null,
      status.oldestWaitingNoticeMilliseconds > stuckMs ? 'notice' : null,
    ].filter(Boolean);
    this.showFaults(faults);
  }

  showFaults(faults) {
    if (this.faults === faults.join()) {
      return;
    }
    this.faults = faults.join();
    this.todo.replaceChildren(...faults.map((name) => el(
      'details', {}, el('summary', {}, `What to do: ${todo[name][0]}`), el('p', {}, todo[name][1]))));
  }

  refusals({ windowSeconds, codes }) {
    const all = codes.reduce((sum, one) => sum + one.count, 0);
    const rate = Math.round(10 * all / windowSeconds) / 10;
    return all === 0 ? 'none (5 min)' : `${rate > 0 ? rate : 'below 0.1'}/s, mostly ${codes[0].code} (5 min)`;
  }

  set(name, text, isBad) {
    const value = this.numbers.get(name);
    say(value, text);
    value.classList.toggle('bad', isBad === true);
  }

  close() {
    clearInterval(this.timer);
  }
}

export function show(main, person) {
  const cluster = new Cluster(main, person);
  return () => cluster.close();
}
