// One phone: what an app of the bank does and remembers. Knows no element of the page.
import * as api from './api.js';
import { NoAnswer, send } from './api.js';
import { painted, pause } from './dom.js';

const retryAfterMs = 1000;

export class Phone extends EventTarget {
  #tokens = null; // { app, login }: here and nowhere else
  #stream = null;
  #listening = 0; // which try to listen is the valid one

  constructor(number, account, node) {
    super();
    this.number = number;
    this.name = `Phone ${number}`;
    this.account = account;
    this.node = node;
    const bytes = crypto.getRandomValues(new Uint8Array(34));
    this.label = Array.from(bytes.slice(32), (byte) => byte.toString(16).padStart(2, '0')).join('');
    this.device = `tdid:${btoa(String.fromCharCode(...bytes.slice(0, 32)))}:${this.label}`;
    this.isIn = false;
    this.link = 'off'; // off, connecting, listening, lost, refused, offline
    this.mode = 1;
    this.since = null;
    this.ended = null; // { at, reason, version }
    this.deviceSignIn = true;
    this.lastId = 0;
    this.notice = null; // { label, at, version, told, offline, confirmed, count }
    this.shown = []; // the version of every notice that came, as often as it came
    this.kept = null; // a sign-out that waits for the network
    this.holdsBack = false; // shows notices and does not acknowledge them
    this.message = null;
    this.last = null; // the last sign-out: { request, answer }
    this.acknowledging = Promise.resolve();
    this.wentOffline = null;
  }

  get isListening() {
    return this.link === 'listening';
  }

  changed() {
    this.dispatchEvent(new Event('change'));
  }

  /** Signs in; the answer of the login. */
  signIn(mode) {
    this.message = 'Signing in…';
    this.changed();
    return this.#saying('No answer. Press again.', () => this.#signIn(mode));
  }

  async #signIn(mode) {
    const app = await send(api.appToken(this.node, this.account));
    if (app.status !== 200) {
      return this.#say(app, `No sign-in: the service answered ${app.status}.`);
    }
    const answer = await send(api.login(this.node, this.account, app.json.token, this.device, mode));
    if (answer.status !== 200) {
      return this.#say(answer, answer.json.resDesc);
    }
    this.#tokens = { app: app.json.token, login: answer.json.data.token };
    Object.assign(this, { isIn: true, mode, since: new Date(), ended: null, notice: null, message: null, last: null });
    this.deviceSignIn ||= mode === 1;
    await send(api.sessions(this.node, this.#tokens.login)); // warms the connection that is measured later
    this.listen();
    return answer;
  }

  #say(answer, text) {
    this.message = text;
    this.changed();
    return answer;
  }

  /** Opens the stream of notices with a ticket, and a new one whenever the browser gives it up. */
  async listen(after = this.lastId) {
    const attempt = ++this.#listening;
    this.#closeStream();
    if (this.link === 'offline' || !this.isIn) {
      return;
    }
    this.#setLink('connecting');
    try {
      const answer = await send(api.ticket(this.node, this.#tokens.login));
      if (attempt !== this.#listening) {
        return;
      }
      if (answer.status === 200) {
        this.#open(answer.json.data.ticket, after);
        return;
      }
      if (answer.status === 401) {
        this.#end({ reason: 'signed-out', at: new Date(), version: null });
        return;
      }
    } catch (e) {
      if (!(e instanceof NoAnswer)) {
        throw e;
      }
    }
    await this.#listenLater(attempt);
  }

  async #listenLater(attempt) {
    if (attempt === this.#listening) {
      this.#setLink('lost');
      await pause(retryAfterMs);
      if (attempt === this.#listening) {
        this.listen();
      }
    }
  }

  #open(ticket, after) {
    const attempt = this.#listening;
    const stream = this.#stream = new EventSource(api.streamAddress(this.node, ticket, after));
    stream.addEventListener('open', () => this.#setLink('listening'));
    stream.addEventListener('device-signed-out', (event) => {
      const at = performance.mark(`told:${this.label}`).startTime;
      this.#show(JSON.parse(event.data), at);
    });
    stream.addEventListener('session-ended', (event) => this.#end(JSON.parse(event.data)));
    stream.addEventListener('expired', () => this.#end({ reason: 'expired', at: new Date(), version: null }));
    stream.addEventListener('error', () => {
      if (stream !== this.#stream) {
        return;
      }
      if (stream.readyState === EventSource.CLOSED) {
        this.#listenLater(attempt); // the ticket is over, or the node said no: a new one
      } else {
        this.#setLink('lost'); // the browser tries by itself
      }
    });
  }

  #setLink(link) {
    this.link = link;
    this.changed();
  }

  #closeStream() {
    this.#stream?.close();
    this.#stream = null;
  }

  #end(ended) {
    this.#listening++;
    this.#closeStream();
    if (ended.reason === 'device-signed-out') {
      this.deviceSignIn = false;
    }
    if (ended.version) {
      this.lastId = Math.max(this.lastId, ended.version);
    }
    Object.assign(this, { isIn: false, ended, link: this.link === 'offline' ? 'offline' : 'off', message: null });
    this.changed();
  }

  #show(notice, at) {
    this.lastId = Math.max(this.lastId, notice.version);
    this.shown.push(notice.version);
    const before = this.notice?.version === notice.version ? this.notice : null;
    this.notice = {
      label: notice.device, at: notice.at, version: notice.version, confirmed: false, count: (before?.count ?? 0) + 1,
      told: before?.told ?? null, offline: this.wentOffline === null ? null : at - this.wentOffline,
    };
    this.wentOffline = null;
    this.dispatchEvent(new CustomEvent('told', { detail: { notice: this.notice, at } }));
    this.changed();
    if (!this.holdsBack) {
      this.acknowledging = this.acknowledge();
    }
  }

  /** Says that the notice was shown: when it has been painted. */
  async acknowledge() {
    const notice = this.notice;
    await painted();
    const answer = await send(api.acknowledge(this.node, this.#tokens.login, notice.version)).catch((e) => e);
    notice.confirmed = answer.status === 200;
    this.changed();
    this.dispatchEvent(new Event('confirmed'));
  }

  /** The request of a sign-out, to be sent once or more often. */
  logoutRequest(mode) {
    return api.logout(this.node, this.#tokens.login, this.#tokens.app, this.device, mode);
  }

  /** Signs out; without network the wish is kept. The answer, or null. */
  async signOut(mode, run) {
    if (this.link === 'offline') {
      this.kept = mode;
      this.message = 'Signed out here. The service will hear of it when the network is back.';
      this.changed();
      return null;
    }
    const request = this.logoutRequest(mode);
    const answer = await this.#saying('No answer. Press again: a repeat never acts twice.', () =>
      send(request, { answered: (status) => run?.markDurable(status) }));
    this.took(request, answer, mode);
    return answer;
  }

  async #saying(whenNobodyAnswers, act) {
    try {
      return await act();
    } catch (e) {
      this.message = whenNobodyAnswers;
      this.changed();
      throw e;
    }
  }

  /** Does what an app does after a logout's answer. */
  took(request, answer, mode) {
    if (answer.status === 200) {
      this.last = { request, answer, mode };
      this.deviceSignIn &&= mode === 1;
      this.kept = null;
      const reason = mode === 2 ? 'device-signed-out' : 'signed-out';
      this.ended ??= { reason, at: new Date(), version: null };
      Object.assign(this, { isIn: false, message: null }); // its stream says the same in a moment, and then closes
      this.changed();
    } else {
      this.message = `The service answered ${answer.status}.`;
      this.changed();
    }
  }

  goOffline() {
    this.#listening++;
    this.#closeStream();
    this.wentOffline = performance.now();
    this.#setLink('offline');
  }

  /** Takes up the network again: what was missed comes. The mode of a sign-out that was kept and is to be sent now, or null. */
  async comeBack() {
    const { kept } = this;
    Object.assign(this, { link: 'off', message: null, kept: null });
    if (!this.isIn) {
      this.wentOffline = null;
      this.changed();
      return null;
    }
    this.listen();
    await this.until(() => this.isListening || !this.isIn);
    return this.isIn ? kept : null;
  }

  /** Another node: the stream moves there. */
  moveTo(node) {
    this.node = node;
    this.listen();
  }

  /** Closes everything: another tab goes on. */
  rest() {
    this.#listening++;
    this.#closeStream();
    this.link = this.link === 'offline' ? 'offline' : 'off';
    this.changed();
  }

  /** What the service would send to this phone if it were started anew. */
  owedNow() {
    return api.owedNow(this.node, this.#tokens.login);
  }

  /** Calls that the phone's own token would authorise if its session were alive. */
  get calls() {
    return [api.sessions(this.node, this.#tokens.login), api.notices(this.node, this.#tokens.login)];
  }

  /** The same calls with one character of the token changed. */
  get callsWithChangedToken() {
    const token = this.#tokens.login;
    const at = token.lastIndexOf('.') - 4; // within the sealed text
    const other = token[at] === 'A' ? 'B' : 'A';
    return [api.sessions(this.node, token.slice(0, at) + other + token.slice(at + 1))];
  }

  /** Resolves when something is so; false when it is not within the time. */
  until(isSo, withinMs = 5000) {
    return new Promise((done) => {
      const finish = (result) => {
        clearTimeout(timer);
        this.removeEventListener('change', check);
        done(result);
      };
      const check = () => isSo() && finish(true);
      const timer = setTimeout(() => finish(isSo()), withinMs);
      this.addEventListener('change', check);
      check();
    });
  }
}
