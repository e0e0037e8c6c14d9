// After the gate: refused since (one event, which cannot be paused or undone), and written down so far (each session's own event follows).
import { el, say } from '/assets/dom.js';
import { writtenDown } from '/assets/console/incidentwords.js';
import { clock, duration, timeOf, when } from '/assets/console/times.js';
import { count } from '/assets/console/words.js';

export class Progress {
  constructor(page) {
    this.page = page;
    this.refused = el('p', { class: 'say' });
    this.bar = el('progress', { 'aria-labelledby': 'written', max: '1', value: '0' });
    this.written = el('p', { id: 'written' });
    this.rate = el('p', { class: 'small quiet' });
    this.left = el('p', { class: 'bad', hidden: true });
    this.pauseNote = el('p', { class: 'small quiet' }, 'Sessions stay refused while this is paused.');
    this.button = el('button', { type: 'button', onclick: () => this.toggle() });
    this.acts = el('div', { class: 'acts' }, this.button);
    this.head = el('h2', { id: 'progress', class: 'small quiet', tabindex: '-1' }, 'What has happened');
    this.element = el(
      'section', { class: 'panel answer', 'aria-labelledby': 'progress' },
      this.head, this.refused, this.written, this.bar, this.rate, this.left, this.pauseNote, this.acts);
  }

  focus() {
    this.head.focus();
  }

  show(incident) {
    this.element.hidden = !incident.closedAt;
    if (!incident.closedAt) {
      return;
    }
    this.incident = incident;
    if (this.refused.childElementCount === 0) {
      this.refused.replaceChildren('Refused everywhere since ', timeOf(incident.closedAt, sinceOf(incident.closedAt)), '.');
    }
    const isDone = incident.phase === 'finished';
    this.bar.max = Math.max(incident.ended, incident.sessions ?? 0, 1);
    this.bar.value = isDone && incident.ended === 0 ? this.bar.max : incident.ended;
    say(this.written, `Written down: ${writtenDown(incident)} sessions, each as its own event with its notices.`);
    say(this.rate, this.rateOf(incident));
    this.left.hidden = incident.left === 0;
    say(this.left, `The record of ${count(incident.left, 'user')} could not be written. Their sessions stay refused; the log names them.`);
    this.pauseNote.hidden = isDone;
    this.acts.hidden = isDone || !this.page.mayAct;
    say(this.button, incident.phase === 'paused' ? 'Resume' : 'Pause');
  }

  rateOf({ phase, ended, closedAt, finishedAt }) {
    if (phase === 'finished') {
      return `Finished after ${duration(Date.parse(finishedAt) - Date.parse(closedAt))}.`;
    }
    if (phase === 'paused') {
      return 'Paused.';
    }
    const now = Date.now();
    this.samples = [...(this.samples ?? []), { now, ended }].slice(-6);
    const [first] = this.samples;
    const rate = now > first.now ? (ended - first.ended) * 1000 / (now - first.now) : 0;
    return rate >= 1 ? `${Math.round(rate).toLocaleString('en-GB')} sessions a second` : '';
  }

  async toggle() {
    const step = this.incident.phase === 'paused' ? 'resume' : 'pause';
    this.samples = [];
    await this.page.act(step, { id: this.incident.id }, `it was ${step}d`);
  }
}

const sinceOf = (at) => when(at).startsWith('today') ? clock(at, { ms: true }) : when(at, { ms: true });
