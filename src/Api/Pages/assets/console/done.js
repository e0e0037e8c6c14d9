// What an act of this page did, and who has shown the notice since. It stays until the page is left.
import { el } from '/assets/dom.js';
import { ago } from '/assets/console/ask.js';
import { ledgerOf, stateOf } from '/assets/console/ledger.js';
import { clock, timeOf } from '/assets/console/times.js';
import { announce, count } from '/assets/console/words.js';

export class Done {
  constructor(page) {
    this.page = page;
    this.element = el('section', { class: 'panel answer done', 'aria-labelledby': 'done', tabindex: '-1', hidden: true });
  }

  async begin(act) {
    this.act = act;
    this.told = el('ul', { class: 'told' });
    const title = this.title();
    this.element.replaceChildren(el('h2', { id: 'done', tabindex: '-1' }, title), el('p', {}, ...this.text()), this.told);
    this.element.hidden = false;
    await this.page.refreshNow();
    this.show();
    this.element.querySelector('h2').focus();
    announce(title);
  }

  title() {
    const { answer, name, label } = this.act;
    if (!answer.already) {
      return `${name} is signed out`;
    }
    const { at, actor, by } = answer.already;
    return `${label} was signed out ${ago(at)} by ${actor ?? (by === 'bank' ? 'the bank' : 'the app')}.`;
  }

  text() {
    const { answer, ends, isLocked } = this.act;
    if (answer.already) {
      const { version } = answer.already;
      return ['Nothing was changed. ', el('a', {
        href: `#v${version}`, onclick: (event) => this.page.timeline.goTo(version, event),
      }, `Event ${version}`)];
    }
    const ended = answer.ended.length;
    const more = ended > ends ? ` ${count(ended - ends, 'session')} more than when you opened this.` : '';
    const stored = timeOf(answer.at, clock(answer.at, { ms: true }));
    const what = ended === 0 ? 'every token that was issued until then and whose sign-in nobody reported' : ended === 1 ? 'it' : 'them';
    const refused = `Every node refuses ${what}. It cannot be undone: the person signs in again with the PIN.`;
    return [
      `${count(ended, 'session')} ended, stored as event ${answer.version} at `, stored,
      `.${more} ${refused}${isLocked ? ' Sign-ins are locked.' : ''}`,
    ];
  }

  show() {
    if (!this.act || this.act.answer.already) {
      return;
    }
    const event = this.page.timeline.events.find((one) => one.version === this.act.answer.version);
    const rows = event ? ledgerOf(event, this.page.timeline.events, this.page.standing.owed) : [];
    this.told.replaceChildren(...(rows.length === 0
      ? [el('li', {}, this.act.isQuiet ? 'No other device is told.' : 'No other device was signed in.')]
      : rows.map((row) => el(
        'li', {}, stateOf(row), ' ', this.page.names.name(row.device), row.isSelf ? ' itself, at its next sign-in' : ''))));
  }
}
