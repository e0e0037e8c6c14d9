// Is everything there that an incident needs? A row a silo, the log, the keys; a red row says what to do.
import { el } from '/assets/dom.js';
import { sentence } from '/assets/console/calls.js';
import { checkProgram } from '/assets/console/incidentwords.js';
import { announce, count, state } from '/assets/console/words.js';

export class Preflight {
  /** `changed` is called after each answer. */
  constructor(changed = () => {}) {
    this.changed = changed;
    this.rows = el('ul', { class: 'checks' }, el('li', {}, 'Loading…'));
    this.line = el('p', {});
    const again = el('button', { type: 'button', onclick: () => this.check(this.program, true) }, 'Check again');
    this.element = el(
      'section', { class: 'panel step', 'aria-labelledby': 'preflight' },
      el('header', {}, el('h2', { id: 'preflight' }, 'Preflight'), again), this.line, this.rows);
  }

  async check(program, isAsked = false) {
    this.program = program;
    try {
      const answer = await checkProgram(program, { isRefresh: !isAsked });
      if (this.program === program) {
        this.show(answer);
        announce(this.line.textContent);
      }
    } catch (error) {
      this.answer = null;
      this.line.className = 'bad';
      this.line.textContent = sentence(error);
      this.rows.replaceChildren();
      this.changed();
    }
  }

  show(answer) {
    this.answer = answer;
    const answering = answer.silos.filter((silo) => silo.reachable).length;
    this.line.className = this.isGreen(true) ? 'ok' : 'bad';
    this.line.textContent = `${answering} of ${count(answer.silos.length, 'silo')} answer${answering === 1 ? 's' : ''}, log ${
      answer.log ? 'writable' : 'not writable'}, ${count(answer.operators, 'key')} may plan, approve and run.`;
    this.rows.replaceChildren(
      ...answer.silos.map((silo) => row(silo.reachable, `Silo ${silo.silo}`, silo.reachable ? 'It answers.'
        : 'It gave no answer. Look whether it starts, stops or has an older version; its own last line says what it lacks.')),
      row(answer.log, 'Log', answer.log ? 'It can be written.'
        : 'It cannot be written. Cluster says what to do; nothing can be run until then.'),
      row(answer.operators > 1, 'Second key', answer.operators > 1 ? 'Another key can approve.'
        : 'No other key has the role operate for this program, so nobody can approve. Configure one more.'));
    this.changed();
  }

  /** Whether an incident can be run; the second key counts only where it must approve. */
  isGreen(needsApproval) {
    const { answer } = this;
    return Boolean(answer) && answer.log && answer.silos.length > 0 && answer.silos.every((silo) => silo.reachable)
      && (!needsApproval || answer.operators > 1);
  }
}

const row = (isGood, name, text) => el(
  'li', {}, state(isGood ? 'live' : 'bad', isGood ? 'ready' : 'not ready'), ' ', el('b', {}, name), ' ', el('span', {}, text));
