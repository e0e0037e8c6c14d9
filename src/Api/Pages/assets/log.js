// The log of this person: asked after every answer and notice, and every two seconds while somebody looks. Its answers also say how the
// service stands.
import * as api from './api.js';
import { NoAnswer, send } from './api.js';
import { canHash, contentsOf, countLinks, zeros } from './chain.js';
import { byId, el, say, timeWithMs } from './dom.js';

const everyMs = 2000;

export class PersonLog extends EventTarget {
  #asking = null;
  #again = false;

  constructor(person) {
    super();
    this.person = person;
    this.stream = '';
    this.events = [];
    this.text = '';
    this.changed = null; // the version of the event that was changed in this page only
    this.links = 0;
    this.service = { state: 'unknown', reason: '' };
    this.timer = setInterval(() => !document.hidden && this.refresh(), everyMs);
  }

  get version() {
    return this.events.at(-1)?.version ?? 0;
  }

  close() {
    clearInterval(this.timer);
  }

  /** Asks for the events; when it is asked meanwhile, once more, so that what it gives is never older than the question. */
  refresh() {
    if (this.#asking) {
      this.#again = true;
      return this.#asking;
    }
    this.#asking = this.#ask();
    return this.#asking;
  }

  async #ask() {
    try {
      do {
        this.#again = false;
        await this.#askOnce();
      } while (this.#again);
    } finally {
      this.#asking = null; // in the same step as the last look at #again
    }
    this.dispatchEvent(new Event('change'));
  }

  async #askOnce() {
    try {
      const answer = await send(api.timeline(this.person.account));
      this.service = answer.status === 200
        ? { state: 'ready', reason: '' } : { state: 'unready', reason: answer.refusal ?? `it answered ${answer.status}` };
      if (answer.status === 200) {
        await this.#take(answer);
      }
    } catch (e) {
      if (!(e instanceof NoAnswer)) {
        throw e;
      }
      this.service = { state: 'away', reason: '' };
    }
  }

  async #take(answer) {
    if (answer.text === this.text) {
      return;
    }
    this.text = answer.text;
    const { stream, events } = answer.json;
    const contents = contentsOf(answer.text);
    this.stream = stream;
    this.events = events.map((event, index) => ({ ...event, content: contents[index] }));
    await this.check();
  }

  /** The events as this page has them: with the letter that was changed, if one was. */
  get asSeen() {
    return this.events.map((event) => event.version === this.changed ? { ...event, content: swapLetter(event.content) } : event);
  }

  async check() {
    this.links = canHash() ? await countLinks(this.stream, this.asSeen) : -1;
  }

  /** Versions of the sign-outs of which a device is owed a notice. */
  owedTo(label) {
    let owed = [];
    for (const { name, data, version } of this.events) {
      if (name === 'device-signed-out.v1' && data.owed.some((device) => labelOf(device) === label)) {
        owed.push(version);
      } else if (name === 'notice-acknowledged.v1' && labelOf(data.device) === label) {
        owed = owed.filter((one) => one > data.upTo);
      }
    }
    return owed;
  }
}

const labelOf = (device) => device.slice(-4);

// One letter of what stands behind "at".
function swapLetter(content) {
  const at = content.indexOf('"device":"') + '"device":"'.length;
  return content.slice(0, at) + (content[at] === '0' ? '1' : '0') + content.slice(at + 1);
}

const kinds = { 'session-started.v1': 'in', 'session-signed-out.v1': 'out', 'device-signed-out.v1': 'out' };
const limits = { token: 'its token expired', absolute: 'it had lasted as long as it may', idle: 'it was not used' };

/** Shows the events, newest first. */
export class LogView {
  constructor(log) {
    this.log = log;
    this.list = byId('events');
    this.chain = byId('chain');
    this.alert = byId('broken');
    this.drawn = '';
    log.addEventListener('change', () => this.show());
    this.list.replaceChildren();
    this.show();
  }

  show() {
    const { log } = this;
    const drawn = `${log.version}/${log.links}/${log.changed}`;
    if (drawn === this.drawn) {
      return;
    }
    this.drawn = drawn;
    this.list.replaceChildren(...log.events.map((event, index) => this.row(event, index)).reverse());
    const all = log.events.length;
    const isWhole = log.links === all;
    this.chain.className = `small ${log.links < 0 ? 'quiet' : isWhole ? 'ok' : 'bad'}`;
    say(this.chain, log.links < 0 ? 'This browser hashes on localhost and over HTTPS only.'
      : `${isWhole ? '✓ ' : ''}${log.links} of ${all} links of the chain recomputed in this page`);
    this.alert.hidden = log.links < 0 || isWhole;
    say(this.alert, this.alert.hidden ? '' : `Event ${log.links + 1} is not what was stored.`);
  }

  row(event, index) {
    const before = index === 0 ? zeros : this.log.events[index - 1].hash;
    const isBroken = this.log.links >= 0 && index >= this.log.links;
    const { what, more } = this.words(event);
    const classes = ['ev', kinds[event.name], index === 0 && 'last', isBroken && 'broken', event.version === this.log.changed && 'changed'];
    return el(
      'li', { class: classes.filter(Boolean).join(' '), id: `v${event.version}` },
      el('span', { class: 'v' }, String(event.version)),
      el('time', { datetime: event.data.at }, timeWithMs(event.data.at)),
      el('p', { class: 'what' }, what),
      more.length === 0 ? null : el('p', { class: 'more' }, ...more.map((text) => el('span', {}, text))),
      el('p', { class: 'chain' }, `${event.name} · ${event.hash.slice(0, 6)}… ← ${before.slice(0, 6)}…`));
  }

  words({ name, data }) {
    const phone = data.device ? this.log.person.nameOf(labelOf(data.device)) : 'a phone';
    switch (name) {
      case 'session-started.v1':
        return { what: `Signed in on ${lower(phone)} with the ${data.signInMode === 2 ? 'device' : 'PIN'}`, more: [] };
      case 'session-signed-out.v1':
        return { what: `${phone} signed out`, more: ['1 session ended', 'other devices are not told'] };
      case 'device-signed-out.v1':
        return { what: `${phone} signed itself out`, more: [count(data.sessions.length, 'session ended', 'sessions ended'), owedWords(data.owed.length)] };
      case 'notice-acknowledged.v1':
        return { what: `${phone} confirmed that it showed the notice`, more: [] };
      case 'session-expired.v1':
        return { what: `The session on ${lower(phone)} ended: ${limits[data.limit] ?? data.limit}`, more: [] };
      case 'session-superseded.v1':
        return { what: `The session on ${lower(phone)} ended: a newer one took its place`, more: [] };
      case 'session-renewed.v1':
        return { what: 'The token of a session was renewed', more: [] };
      case 'session-used.v1':
        return { what: 'A session was used', more: [] };
      default:
        return { what: name, more: [] };
    }
  }
}

const lower = (name) => name[0].toLowerCase() + name.slice(1);
const count = (number, one, many) => `${number} ${number === 1 ? one : many}`;
const owedWords = (number) => number === 0 ? 'no phone is owed a notice' : count(number, 'phone is owed a notice', 'phones are owed a notice');
