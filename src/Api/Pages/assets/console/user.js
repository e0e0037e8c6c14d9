// One user: why, which devices, who is owed what, and every event. Cards change in place; lists never move under a finger.
import { el, say } from '/assets/dom.js';
import { Answer } from '/assets/console/answer.js';
import { askEnd, askEverywhere } from '/assets/console/ask.js';
import { may } from '/assets/console/bar.js';
import { ask, sentence } from '/assets/console/calls.js';
import { DeviceList } from '/assets/console/devices.js';
import { Done } from '/assets/console/done.js';
import { showExport } from '/assets/console/export.js';
import { findForm } from '/assets/console/find.js';
import { Follow } from '/assets/console/follow.js';
import { askLock, askRelease, lockText } from '/assets/console/lock.js';
import { NoticeList } from '/assets/console/notices.js';
import { clock } from '/assets/console/times.js';
import { Timeline } from '/assets/console/timeline.js';
import { Devices, announce, count } from '/assets/console/words.js';

const refreshAfterMs = 250;
const announceEveryMs = 5000;
const staleMs = 60000;
const slowMs = 10000;

class UserPage {
  constructor(main, person, user) {
    Object.assign(this, { main, person, user, mayAct: may(person, ['support']), fresh: 0, saidAt: 0 });
    [this.title, this.facts] = [el('h1', { id: 'who', tabindex: '-1' }, 'Loading…'), el('dl', {})];
    this.locks = el('div', { class: 'locks' });
    this.acts = el('div', { class: 'acts' });
    this.line = el('p', { class: 'stream small quiet', hidden: true });
    this.alerts = el('div', { class: 'alerts' });
    this.answer = new Answer(this);
    this.done = new Done(this);
    this.devices = new DeviceList(this);
    this.notices = new NoticeList(this);
    this.timeline = new Timeline(this);
  }

  draw() {
    this.finder = findForm(this.person);
    this.main.replaceChildren(
      this.finder.element,
      el('section', { class: 'who', 'aria-labelledby': 'who' }, el('div', {}, this.title, this.facts, this.locks, this.line), this.acts),
      this.alerts, this.answer.element, this.done.element,
      el('div', { class: 'cols' }, el('div', { class: 'stack' }, this.devices.element, this.notices.element), this.timeline.element));
  }

  async load() {
    const slow = setTimeout(() => this.problem('Still loading.'), slowMs);
    try {
      await this.readStanding();
      if (this.standing.version === 0) {
        this.unknown();
        return;
      }
      await this.timeline.load(this.standing.version);
      this.alerts.replaceChildren();
      this.update();
      this.follow();
      this.timeline.goToHash();
    } catch (error) {
      this.failed(error);
    } finally {
      clearTimeout(slow);
    }
  }

  async readStanding(options) {
    this.standing = await ask('/internal/user/v1', { user: this.user }, options);
    this.names = new Devices(this.standing.devices);
  }

  failed(error) {
    if (error.status === 404) {
      this.unknown();
    } else if (error.status !== 401) {
      this.problem(sentence(error));
    }
  }

  problem(text) {
    const again = el('button', { type: 'button', onclick: () => this.load() }, 'Try again');
    this.alerts.replaceChildren(el('div', { class: 'panel message', role: 'status' }, el('p', {}, text), again));
  }

  unknown() {
    this.close();
    this.main.replaceChildren(
      this.finder.element, el('h1', {}, 'Unknown user'),
      el('p', { class: 'panel message', role: 'status' }, 'The log has no event for this user.'));
  }

  /** Everything that follows from how the user stands and from the events that are loaded. */
  update() {
    const { standing } = this;
    say(this.title, standing.ending ? `Account ending ${standing.ending}` : 'Account');
    const signedIn = standing.devices.filter((device) => device.sessions.length > 0);
    this.showFacts(signedIn.length);
    this.showLocks();
    this.showActs();
    this.answer.show();
    this.devices.show();
    this.notices.show();
    this.done.show();
    this.timeline.showLedgers();
  }

  showFacts(signedIn) {
    const { standing } = this;
    const rows = [
      ['Program', this.user.split('-')[0]], ['Signed in on', signedIn === 0 ? 'no device' : count(signedIn, 'device')],
      ['Notices owed', String(standing.owed.length)], ['Events', `${standing.version.toLocaleString('en-GB')}${this.timeline.chainFact()}`],
      ['Locks', standing.locks?.length ? String(standing.locks.length) : 'none'],
    ];
    this.facts.replaceChildren(...rows.map(([name, text]) => el('div', {}, el('dt', {}, name), el('dd', {}, text))));
  }

  showLocks() {
    const locks = this.standing.locks ?? [];
    this.locks.replaceChildren(...locks.map((lock) => el(
      'p', { class: 'lock', title: lock.until ?? null }, lockText(lock, this), ' ',
      this.mayAct ? el('button', { type: 'button', class: 'plain', onclick: () => askRelease(this, lock) }, 'Release the lock') : null)));
  }

  showActs() {
    const isLocked = (this.standing.locks ?? []).some((lock) => !lock.device);
    const wanted = this.mayAct ? String(isLocked) : 'none';
    if (this.shownActs === wanted) {
      return; // what has the focus stays what it is
    }
    this.shownActs = wanted;
    const button = (text, act, kind) => el('button', { type: 'button', class: kind ?? null, onclick: act }, text);
    this.acts.replaceChildren(...[
      this.mayAct && !isLocked ? button('Lock sign-ins', () => askLock(this)) : null,
      button('Export', () => showExport(this)),
      this.mayAct ? button('Sign out everywhere', () => askEverywhere(this), 'stop') : null,
      this.mayAct ? null : el('p', { class: 'small quiet' }, 'Your key may look, not sign out (it lacks the role support).'),
    ].filter(Boolean));
  }

  signOut(device, session) {
    askEnd(this, device, session);
  }

  lock(device) {
    askLock(this, device);
  }

  /** After an act of this page: what it wrote is shown at once, and what it changed. */
  async refreshNow() {
    clearTimeout(this.refreshing);
    try {
      await this.readStanding({ isRefresh: true });
      await this.timeline.catchUp(this.standing.version);
      this.update();
    } catch (error) {
      this.failed(error);
    }
  }

  follow() {
    this.stream = new Follow(`/internal/feed/v1?user=${this.user}&events=all`, String(this.timeline.last), {
      event: (event) => this.arrived(event),
      state: (isLive, since) => this.streamed(isLive, since),
    });
    this.clock = setInterval(() => this.tick(), 30000);
  }

  arrived(event) {
    if (!this.timeline.offer(event)) {
      return;
    }
    this.fresh++;
    clearTimeout(this.refreshing);
    this.refreshing = setTimeout(() => this.refresh(), refreshAfterMs);
  }

  async refresh() {
    try {
      await this.readStanding({ isRefresh: true });
      this.update();
      this.say();
    } catch {
      // The stream says when the service is away; the next event reads again.
    }
  }

  say() {
    const wait = this.saidAt + announceEveryMs - Date.now();
    if (wait > 0) {
      clearTimeout(this.saying);
      this.saying = setTimeout(() => this.say(), wait);
    } else if (this.fresh > 0) {
      announce(count(this.fresh, 'new event'));
      [this.fresh, this.saidAt] = [0, Date.now()];
    }
  }

  async streamed(isLive, detail) {
    if (isLive && detail) {
      await this.refreshNow();
      say(this.line, 'Up to date.');
      this.line.className = 'stream small quiet';
    } else if (!isLive) {
      this.line.hidden = false;
      say(this.line, `Live updates stopped at ${clock(detail)}. Reconnecting…`);
      this.lostAt = detail;
    }
    if (isLive) {
      this.lostAt = null;
    }
  }

  tick() {
    if (this.lostAt && Date.now() - this.lostAt > staleMs) {
      this.line.className = 'stream small owed';
    }
    this.devices.show();
    this.notices.show();
    this.timeline.showLedgers();
  }

  close() {
    this.stream?.close();
    clearInterval(this.clock);
    clearTimeout(this.refreshing);
    clearTimeout(this.saying);
  }
}

export function show(main, person) {
  const user = location.pathname.split('/').at(-1);
  const page = new UserPage(main, person, user);
  page.draw();
  if (/^[1-9]\d{0,9}-[0-9a-f]{32}$/.test(user)) {
    page.load();
  } else {
    page.unknown();
  }
  return () => page.close();
}
