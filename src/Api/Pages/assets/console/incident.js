// One incident: what it ends, how many, the second key, and after the gate has closed two facts that are not mixed: refused since, and
// written down so far. It reads itself; what a person types into is never drawn anew under their hands.
import { el, say } from '/assets/dom.js';
import { may } from '/assets/console/bar.js';
import { NoAnswer, sentence } from '/assets/console/calls.js';
import {
  act, byWhom, filterOf, isApproved, isCountOld, nameOfIncident, phaseOf, readIncident,
} from '/assets/console/incidentwords.js';
import { Preflight } from '/assets/console/preflight.js';
import { Progress } from '/assets/console/progress.js';
import { RunForm } from '/assets/console/run.js';
import { timeOf, when } from '/assets/console/times.js';
import { announce, count } from '/assets/console/words.js';

const everyMs = 2000;
const said = {
  counted: 'Counted.', running: 'The gate is closed. The sessions are refused everywhere.', paused: 'Paused. Sessions stay refused.',
  finished: 'Finished: every session has its own event.',
};

class IncidentPage {
  constructor(main, person, id) {
    Object.assign(this, { main, person, id, mayAct: may(person, ['operate']) });
    this.title = el('h1', { tabindex: '-1' }, 'Loading…');
    this.phase = el('span', {});
    this.what = el('p', { class: 'say' });
    this.facts = el('p', { class: 'facts' });
    this.problem = el('p', { class: 'panel message bad', role: 'alert', hidden: true }); // of the last read
    this.failure = el('p', { class: 'panel message bad', role: 'alert', hidden: true }); // of the last step
    this.check = new Preflight(() => this.incident && this.showRun());
    this.counted = el('section', { class: 'panel step', 'aria-labelledby': 'count' });
    this.run = new RunForm(this);
    this.progress = new Progress(this);
    main.replaceChildren(
      el('div', { class: 'lead' }, el('div', {}, this.title, this.phase)), this.problem, this.failure,
      el('section', { class: 'panel answer', 'aria-label': 'What it ends' }, this.what, this.facts,
        this.mayAct ? null : el('p', { class: 'small quiet' }, 'Your key may look, not act (it lacks the role operate).')),
      this.progress.element, this.check.element, this.counted, this.run.element);
    [this.check.element, this.counted, this.run.element, this.progress.element].forEach((part) => { part.hidden = true; });
    this.read();
    this.timer = setInterval(() => this.read(), everyMs);
  }

  async read() {
    if (this.isReading) {
      return;
    }
    this.isReading = true;
    try {
      const incident = await readIncident(this.id, { isRefresh: true });
      if (incident) {
        this.problem.hidden = true;
        this.show(incident);
      } else {
        this.unknown();
      }
    } catch (error) {
      if (error.status !== 401) {
        this.say(this.problem, sentence(error));
      }
    } finally {
      this.isReading = false;
    }
  }

  unknown() {
    this.close();
    this.main.replaceChildren(
      el('h1', {}, 'Unknown incident'), el('p', { class: 'panel message', role: 'status' },
        'No incident of the last 25 hours has this address, in any program of your key.'));
  }

  say(where, text) {
    where.hidden = false;
    say(where, text);
  }

  show(incident) {
    const before = this.incident;
    this.incident = incident;
    if (before?.phase !== incident.phase) {
      say(this.title, nameOfIncident(incident));
      this.phase.replaceChildren(phaseOf(incident));
      this.what.replaceChildren('It ends ', ...filterOf(incident), '.');
      if (before) {
        announce(said[incident.phase] ?? '');
      }
      if (!before && this.mayAct && !incident.closedAt) {
        this.check.check(incident.program);
      }
    }
    this.showFacts();
    this.showCount();
    this.showRun();
    this.progress.show(incident);
    if (incident.phase === 'finished') {
      clearInterval(this.timer);
    }
  }

  showFacts() {
    const { incident } = this;
    const fact = (name, at, by) => el('span', {}, `${name} `, el('b', {}, timeOf(at, when(at, { seconds: true }))), by ? ` by ${by}` : '');
    const sentenceText = this.person.sentences.find((one) => one.code === incident.sentence)?.text ?? incident.sentence;
    const facts = [
      fact('Planned', incident.plannedAt, byWhom(incident.plannedBy, incident.plannedFor)),
      incident.approvedAt ? fact('Approved', incident.approvedAt, `key ${incident.approvedBy}`) : null,
      incident.closedAt ? fact('Run', incident.closedAt, `key ${incident.closedBy}`) : null,
      incident.finishedAt ? fact('Finished', incident.finishedAt) : null,
      sentenceText ? el('span', {}, 'The person reads ', el('b', {}, sentenceText)) : null,
    ].filter(Boolean);
    const mark = facts.map((one) => one.textContent).join();
    if (this.factsMark !== mark) {
      this.factsMark = mark;
      this.facts.replaceChildren(...facts);
    }
  }

  showCount() {
    const { incident } = this;
    const isOld = isCountOld(incident);
    const mark = JSON.stringify([incident.phase === 'counting', incident.sessions, incident.countedAt, isOld]);
    this.counted.hidden = Boolean(incident.closedAt);
    if (this.counted.hidden || this.countMark === mark) {
      return;
    }
    this.countMark = mark;
    const hadFocus = this.counted.contains(document.activeElement);
    const isCounting = incident.phase === 'counting';
    const again = el('button', { type: 'button', onclick: () => this.act('count', { id: this.id }) }, 'Count again');
    const number = isCounting ? 'Counting…' : `${count(incident.sessions, 'session')} of ${count(incident.users, 'user')} match${
      incident.sessions === 1 ? 'es' : ''}.`;
    const head = el('h2', { id: 'count', tabindex: '-1' }, 'Count');
    this.counted.replaceChildren(
      el('header', {}, head, this.mayAct && !isCounting ? again : ''), el('p', { class: 'say' }, number),
      isCounting ? el('p', { class: 'small quiet' }, 'A dry run: nothing ends.')
        : el('p', { class: isOld ? 'bad' : 'small quiet' }, 'Counted ',
          timeOf(incident.countedAt, when(incident.countedAt, { seconds: true })),
          isOld ? '. That is longer than 30 minutes ago: count again.' : '. A count is good for 30 minutes.'));
    if (hadFocus) {
      head.focus();
    }
  }

  showRun() {
    const { incident } = this;
    const isReady = this.mayAct && incident.phase === 'counted' && !isCountOld(incident);
    this.check.element.hidden = !this.mayAct || Boolean(incident.closedAt);
    this.run.show(isReady ? incident : null, isReady && incident.needsApproval && !isApproved(incident));
  }

  /** Does a step; true where it is done. What is not certain is said, and may be tried again. */
  async act(step, body, what) {
    try {
      this.show(await act(step, body));
      this.failure.hidden = true;
      return true;
    } catch (error) {
      if (error instanceof NoAnswer || error.status === 503) {
        this.say(this.failure, `It is not certain whether ${what ?? 'it was done'}. Trying again never acts twice.`);
      } else if (error.status !== 401) {
        this.say(this.failure, sentence(error));
      }
      return false;
    }
  }

  close() {
    clearInterval(this.timer);
  }
}

export function show(main, person) {
  const page = new IncidentPage(main, person, location.pathname.split('/').at(-1));
  return () => page.close();
}
