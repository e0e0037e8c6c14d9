// The last step before the gate closes: above a number of sessions a second key approves, then the number is typed.
import { el, say } from '/assets/dom.js';
import { byWhom } from '/assets/console/incidentwords.js';
import { count } from '/assets/console/words.js';

export class RunForm {
  constructor(page) {
    this.page = page;
    this.element = el('section', { class: 'panel step', 'aria-labelledby': 'run', hidden: true });
  }

  /** Shows what is to be done next with a counted incident; null hides it. */
  show(incident, waits) {
    this.element.hidden = incident === null;
    const isGreen = this.page.check.isGreen(Boolean(incident?.needsApproval));
    const mark = incident && JSON.stringify([waits, incident.sessions, incident.countedAt, incident.approvedBy, isGreen]);
    if (incident === null || this.mark === mark) {
      return;
    }
    this.mark = mark;
    const hadFocus = this.element.contains(document.activeElement);
    const head = el('h2', { id: 'run', tabindex: '-1' }, waits ? 'Approve' : 'Run');
    this.element.replaceChildren(el('header', {}, head), ...(waits ? this.approval(incident) : this.form(incident, isGreen)));
    if (hadFocus) {
      head.focus();
    }
  }

  approval(incident) {
    const asked = `${byWhom(incident.plannedBy, incident.plannedFor)} asked to end ${count(incident.sessions, 'session')}.`;
    if (incident.plannedBy === this.page.person.key) {
      const keys = this.page.check.answer?.operators;
      return [
        el('p', { class: 'say' }, 'Waits for a second key.'),
        el('p', {}, `${asked} So many need the approval of another key with the role operate for program ${incident.program}${
          keys > 1 ? `: ${keys - 1} may` : ''}. It is approved at this address, within 30 minutes of the count.`),
      ];
    }
    const button = el('button', { type: 'button', class: 'primary', onclick: () => this.approve(button, incident) }, 'Approve');
    return [
      el('p', { class: 'say' }, 'Waits for a second key: yours may approve.'), el('p', {}, `${asked} Approving ends nothing yet.`),
      el('div', { class: 'acts' }, button),
    ];
  }

  async approve(button, incident) {
    if (button.getAttribute('aria-busy') !== 'true') {
      button.setAttribute('aria-busy', 'true');
      await this.page.act('approve', { id: incident.id }, 'it was approved');
      button.removeAttribute('aria-busy');
    }
  }

  form(incident, isGreen) {
    const number = incident.sessions.toLocaleString('en-GB');
    const input = el('input', { id: 'run-count', autocomplete: 'off', inputmode: 'numeric', 'aria-describedby': 'run-bad' });
    const bad = el('span', { class: 'bad', id: 'run-bad' });
    const button = el('button', { class: 'stop primary' }, 'Close the gate');
    const tick = isGreen ? null : el('input', { type: 'checkbox', id: 'run-anyway' });
    const form = el(
      'form', { class: 'run', novalidate: true, 'aria-labelledby': 'run' },
      el('ul', { class: 'will' },
        el('li', {}, el('b', {}, `${count(incident.sessions, 'session')} end${incident.sessions === 1 ? 's' : ''}`),
          ', refused by every node as soon as the gate has closed.'),
        el('li', {}, el('b', {}, 'This cannot be undone'), ': the people sign in again.'),
        el('li', {}, 'Sessions that begin after the gate are not ended.')),
      tick ? el('label', { class: 'tick', for: 'run-anyway' }, tick, el('span', {},
        'Run although the preflight is not green. A silo that does not answer accepts nothing by an old gate.')) : null,
      el('div', { class: 'field' }, el('label', { for: 'run-count' }, `Type ${number} to close the gate`), input, bad),
      el('div', { class: 'acts' }, button));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const typed = input.value.replace(/[\s.,’']/g, '');
      if (tick && !tick.checked) {
        say(bad, 'The preflight is not green: do what it says and check again, or tick that it runs all the same.');
        tick.focus();
      } else if (typed !== String(incident.sessions)) {
        say(bad, `That is not the number that was counted, ${number}.`);
        input.focus();
      } else {
        say(bad, '');
        this.run(button, incident);
      }
    });
    return [form];
  }

  async run(button, incident) {
    if (button.disabled) {
      return;
    }
    button.disabled = true;
    say(button, 'Closing…');
    if (await this.page.act('run', { id: incident.id, count: incident.sessions }, 'the gate is closed')) {
      this.page.progress.focus();
    }
    button.disabled = false;
    say(button, 'Close the gate');
  }
}
