// What ends now, newest first: at most 50 rows, a sample of one a second where there are too many to read.
import { el, say } from '/assets/dom.js';
import { may } from '/assets/console/bar.js';
import { Follow } from '/assets/console/follow.js';
import { clock, timeOf } from '/assets/console/times.js';
import { announce, count } from '/assets/console/words.js';

const rowsMax = 50;
const readableMax = 20; // a second
const windowMs = 1000;

const byLimit = { token: 'its time was up', absolute: 'longest time reached', idle: 'not used' };

function sentenceOf(event, name) {
  const device = `Device ${event.device}`;
  switch (name) {
    case 'device-signed-out.v1': return `${device} signed itself out`;
    case 'session-signed-out.v1': return `${device} signed out one session`;
    case 'session-expired.v1': return `The session on ${device} ended: ${byLimit[event.limit] ?? event.limit}`;
    case 'session-superseded.v1': return event.why === 'same-device' ? `The older session on ${device} ended`
      : `The session on ${device} ended: too many devices`;
    case 'signed-out-on-behalf.v1': return `${event.scope === 'user' ? 'Every device' : device} was signed out by ${
      event.by === 'another-device' ? 'another device' : 'support'}`;
    default: return `${name}: ${device}`;
  }
}

const causeOf = (event, name) => name === 'session-expired.v1' ? 'limit' : name === 'session-superseded.v1' ? 'sign-in'
  : name === 'signed-out-on-behalf.v1' ? 'support' : 'app';

class Live {
  constructor(main, person) {
    Object.assign(this, { person, shown: [], waiting: [], seen: [], left: 0, isPaused: false, since: Date.now() });
    this.mayOpen = may(person, ['support', 'audit']);
    this.rate = el('p', { class: 'small quiet', role: 'status' }, 'Connecting…');
    this.pause = el('button', { type: 'button', 'aria-pressed': 'false', onclick: () => this.setPaused(!this.isPaused) }, 'Pause');
    this.newer = el('div', { class: 'newer', hidden: true });
    this.list = el('ol', { class: 'live', tabindex: '-1' });
    this.empty = el('p', { class: 'message quiet' });
    this.program = this.choice('Program', ['All', ...person.programs.map(String)]);
    this.cause = this.choice('Cause', ['All', 'app', 'support', 'limit', 'sign-in']);
    this.mode = this.choice('Mode', ['All', 'with the PIN', 'with the device']);
    main.replaceChildren(
      el('div', { class: 'lead' }, el('h1', {}, 'Live'), el('div', { class: 'acts' },
        this.program.label, this.cause.label, this.mode.label, this.pause)),
      el('section', { class: 'panel', 'aria-labelledby': 'live' },
        el('header', {}, el('h2', { id: 'live' }, 'Sessions that end now'), this.rate), this.newer, this.list, this.empty));
    this.list.addEventListener('focusin', () => { this.hasFocus = true; });
    this.list.addEventListener('focusout', () => { this.hasFocus = false; });
    this.stream = new Follow('/internal/feed/v1?accounts=masked', 'end', {
      event: (event, fields) => this.take({ ...event, cursor: fields.id }, fields.event),
      state: (isLive, since) => say(this.rate, isLive ? 'Live.' : `Live updates stopped at ${clock(since)}. Reconnecting…`),
    });
    this.timer = setInterval(() => this.each(), 1000);
    this.showEmpty();
    this.each();
  }

  choice(name, values) {
    const id = `live-${name.toLowerCase()}`;
    const select = el('select', { id, onchange: () => this.draw() }, ...values.map((value) => el('option', {}, value)));
    return { select, label: el('label', { for: id, class: 'choice' }, name, select) };
  }

  setPaused(isPaused) {
    this.isPaused = isPaused;
    this.pause.setAttribute('aria-pressed', String(isPaused));
    say(this.pause, isPaused ? 'Resume' : 'Pause');
    if (!isPaused) {
      this.showWaiting();
    }
  }

  take(event, name) {
    const now = Date.now();
    this.seen = [...this.seen.filter((at) => now - at < windowMs), now];
    const row = { ...event, name };
    if (!this.fits(row)) {
      return;
    }
    if (this.seen.length > readableMax && now - (this.sampledAt ?? 0) < windowMs) {
      this.left++;
      return;
    }
    this.sampledAt = now;
    this.waiting = [row, ...this.waiting].slice(0, rowsMax);
    if (this.isPaused || this.hasFocus || window.scrollY > 120) {
      this.showNewer();
    } else {
      this.showWaiting();
    }
  }

  showNewer() {
    const text = `${this.waiting.length}${this.waiting.length === rowsMax ? ' or more' : ''} new: show`;
    const button = this.newer.querySelector('button') ?? el('button', { type: 'button', onclick: () => this.showWaiting() });
    say(button, text);
    if (!button.isConnected) {
      this.newer.replaceChildren(button);
    }
    this.newer.hidden = this.waiting.length === 0;
  }

  showWaiting() {
    this.shown = [...this.waiting, ...this.shown].slice(0, rowsMax);
    this.waiting = [];
    this.newer.hidden = true;
    this.draw();
  }

  fits(row) {
    const [program, cause, mode] = [this.program, this.cause, this.mode].map((choice) => choice.select.value);
    return (program === 'All' || Number(program) === row.program) && (cause === 'All' || causeOf(row, row.name) === cause)
      && (mode === 'All' || row.mode === (mode === 'with the PIN' ? 1 : 2));
  }

  draw() {
    this.list.replaceChildren(...this.shown.filter((row) => this.fits(row)).map((row) => this.row(row)));
    this.showEmpty();
  }

  row(event) {
    const ending = `Account ending ${event.account.replace(/^\*+/, '')}`;
    const who = this.mayOpen && event.user
      ? el('a', { href: `/console/users/${event.user}#v${event.version}` }, ending) : el('span', {}, ending);
    const by = event.actor ?? event.key;
    return el('li', {}, timeOf(event.at, clock(event.at, { ms: true })), el('span', { class: 'tag' }, String(event.program)), who,
      el('span', { class: 'what' }, sentenceOf(event, event.name)), el('span', { class: 'quiet small' },
        `${count(event.sessions.length, 'session')}${by ? ` · by ${by}` : ''}`));
  }

  showEmpty() {
    this.empty.hidden = this.list.children.length > 0;
    say(this.empty, `No session has ended since ${clock(this.since)}. The list fills by itself.`);
  }

  each() {
    const now = Date.now();
    this.seen = this.seen.filter((at) => now - at < windowMs);
    if (this.stream.isLost) {
      return;
    }
    say(this.rate, this.left > 0 ? `${this.seen.length} a second, showing 1 of ${this.left + 1}`
      : `${this.seen.length} a second${this.isPaused ? ', paused' : ''}`);
    this.left = 0;
  }

  close() {
    this.stream.close();
    clearInterval(this.timer);
  }
}

export function show(main, person) {
  const live = new Live(main, person);
  announce('Live');
  return () => live.close();
}
