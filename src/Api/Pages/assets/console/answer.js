// "Why was I signed out, and who was told?": the service's own sentences, with times in the viewer's zone.
import { el } from '/assets/dom.js';
import { clock, day, timeOf } from '/assets/console/times.js';
import { announce } from '/assets/console/words.js';

const utc = /\bon (\d{4}-\d\d-\d\d) at (\d\d:\d\d:\d\d) UTC/;

export class Answer {
  constructor(page) {
    this.page = page;
    this.chosen = null; // the event that "Why?" asked for
    this.head = el('h2', { id: 'why', class: 'small quiet', tabindex: '-1' }, 'Why was I signed out, and who was told?');
    this.say = el('p', { class: 'say' }, 'Loading…');
    this.more = el('p', { class: 'small quiet' });
    this.element = el('section', { class: 'panel answer', 'aria-labelledby': 'why' }, this.head, this.say, this.more);
  }

  /** Moves the answer to the event that ended a device's session, and the focus to its heading. */
  why(version) {
    this.chosen = version;
    this.show();
    this.head.focus();
  }

  show() {
    const { answer } = this.page.standing;
    const isChosen = this.chosen !== null && this.chosen !== answer.version;
    const shown = isChosen ? this.page.timeline.answerTo(this.chosen) : answer;
    const text = shown.sentences.join(' ');
    if (this.text === text) {
      return;
    }
    this.text = text;
    this.say.replaceChildren(...withTimes(text));
    this.more.replaceChildren(...(shown.version ? this.moreOf(shown) : []));
  }

  moreOf({ version, at }) {
    const copy = el('button', { type: 'button', class: 'link', onclick: () => this.copy() }, 'Copy these sentences');
    return [
      `Event ${version} · stored `, timeOf(at, clock(at, { ms: true })), ' · ',
      el('a', { href: `#v${version}`, onclick: (event) => this.page.timeline.goTo(version, event) }, 'show in the timeline'), ' · ', copy,
    ];
  }

  async copy() {
    await navigator.clipboard?.writeText(this.say.textContent);
    announce('Copied.');
  }
}

/** The text, with a UTC time of it as the viewer's own. */
function withTimes(text) {
  const found = utc.exec(text);
  if (!found) {
    return [text];
  }
  const at = `${found[1]}T${found[2]}Z`;
  const word = day(at);
  const before = text.slice(0, found.index).replace(/, $/, ' ');
  return [
    before, /^\d/.test(word) ? `on ${word} at ` : `${word} at `, el('b', {}, timeOf(at, clock(at, { seconds: true }))),
    text.slice(found.index + found[0].length),
  ];
}
