// Every event, newest first, by day. The circles hold the versions; the rail between them is the hash chain.
import { contentsOf, countLinks, zeros, canHash } from '/assets/chain.js';
import { el } from '/assets/dom.js';
import { ask, askText, sentence } from '/assets/console/calls.js';
import { detailsOf, isKnown, kindOf } from '/assets/console/details.js';
import { endedBy, ledgerOf, stateOf } from '/assets/console/ledger.js';
import { clock, dayHeading, day, timeOf } from '/assets/console/times.js';
import { announce, count } from '/assets/console/words.js';

const pageSize = 50;
const markedMs = 2000;
const filters = {
  All: () => true, 'Sign-outs': (event) => endedBy(event).length > 0,
  'Sign-ins': (event) => kindOf(event) === 'in', Notices: (event) => /^(notice|device-woken|wakes)/.test(event.name),
  Support: (event) => kindOf(event) === 'bank', 'All events': () => true,
};
const everyday = ['session-used.v1', 'wakes-owed.v1'];

export class Timeline {
  constructor(page) {
    Object.assign(this, { page, events: [], waiting: [], filter: 'All', last: 0, broken: null, rows: new Map(), text: '' });
    this.chain = el('span', { class: 'small quiet' });
    this.newer = el('div', { class: 'newer', hidden: true });
    this.list = el('div', { class: 'timeline', id: 'timeline-list' }, el('p', { class: 'quiet' }, 'Loading…'));
    this.foot = el('div', { class: 'acts timeline-foot' });
    this.element = el(
      'section', { class: 'panel', 'aria-labelledby': 'timeline' },
      el('header', {}, el('h2', { id: 'timeline', tabindex: '-1' }, 'Timeline'), this.chain), this.chips(), this.newer, this.list,
      this.foot);
  }

  chips() {
    const chip = (name) => el('button', {
      type: 'button', class: 'chip', 'aria-pressed': String(name === this.filter), onclick: (event) => {
        this.filter = name;
        event.target.parentElement.querySelectorAll('.chip').forEach(
          (other) => other.setAttribute('aria-pressed', String(other === event.target)));
        this.draw();
      },
    }, name);
    return el('div', { class: 'chips', role: 'group', 'aria-label': 'Show' }, ...Object.keys(filters).map(chip));
  }

  async load(version) {
    const page = await this.readPage(Math.max(0, version - pageSize));
    this.events = page.events;
    this.last = page.events.at(-1)?.version ?? 0;
    this.draw();
  }

  async readPage(after) {
    this.text = await askText('/internal/timeline/v1', { user: this.page.user, after });
    const page = JSON.parse(this.text);
    await this.check(page);
    return page;
  }

  /** Recomputes the links of a page where the stored bytes are here; elsewhere the service has. */
  async check(page) {
    if (page.masked || !canHash() || page.events.length === 0) {
      this.isOwnCheck = false;
      this.checked = [Math.min(this.checked?.[0] ?? Infinity, page.events[0]?.version ?? Infinity), true];
      return;
    }
    const contents = contentsOf(this.text);
    const events = page.events.map((event, index) => ({ ...event, content: contents[index] }));
    const links = await countLinks(page.stream, events, page.previousHash ?? zeros);
    this.isOwnCheck = true;
    if (links < events.length) {
      this.broken = events[links].version;
      const text = `Event ${this.broken} does not follow from event ${this.broken - 1}. Do not rely on what is below. `
        + 'Run `sessions verify` and see operations, The log is damaged.';
      this.page.broken = el('p', { class: 'panel message bad', role: 'alert' }, text);
      this.element.before(this.page.broken);
    }
  }

  chainFact() {
    return this.broken ? ', chain broken' : ', chain checked';
  }

  showChain() {
    const number = count(this.events.length, 'event');
    this.chain.className = this.broken ? 'small bad' : 'small ok';
    this.chain.textContent = this.broken ? `✗ the chain breaks at event ${this.broken}`
      : `✓ chain of ${number} checked${this.isOwnCheck ? ' in this page' : ''}`;
  }

  /** The service's words; a device whose name stands in no event near this one is named all the same. */
  titleOf(event) {
    return event.words.replace(/Device ([0-9a-f]{4})(?!·)\b/g, (all, label) => this.page.names.byLabel(label) ?? all);
  }

  /** An event of the stream; false for one that is here already. It waits behind a button. */
  offer(event) {
    if (event.version <= this.last) {
      return false;
    }
    this.last = event.version;
    this.waiting.push(event);
    this.events.push(event);
    this.showNewer();
    return true;
  }

  showNewer() {
    const number = this.waiting.length;
    this.newer.hidden = number === 0;
    if (number > 0) {
      const button = this.newer.querySelector('button') ?? el('button', { type: 'button', onclick: () => this.showWaiting() });
      button.textContent = `${count(number, 'new event')}: show`;
      if (!button.isConnected) {
        this.newer.replaceChildren(button);
      }
    }
  }

  showWaiting() {
    const [first] = this.waiting;
    const hadFocus = this.newer.contains(document.activeElement);
    this.waiting = [];
    this.showNewer();
    this.draw();
    if (hadFocus) {
      this.rows.get(first.version)?.focus();
    }
  }

  /** What an act of this page wrote is shown at once. */
  async catchUp(version) {
    if (version > this.last) {
      const page = await ask('/internal/timeline/v1', { user: this.page.user, after: this.last }, { isRefresh: true });
      const added = page.events.filter((event) => event.version > this.last);
      this.events.push(...added);
      this.last = this.events.at(-1).version;
    }
    this.waiting = [];
    this.showNewer();
    this.draw();
  }

  async older() {
    const first = this.events[0].version;
    try {
      const page = await this.readPage(Math.max(0, first - 1 - pageSize));
      const added = page.events.filter((event) => event.version < first);
      this.events = [...added, ...this.events];
      this.draw();
      announce(count(added.length, 'older event'));
      const shown = added.filter((event) => this.rows.has(event.version)).at(-1);
      this.rows.get(shown?.version)?.focus();
    } catch (error) {
      announce(sentence(error));
    }
  }

  draw() {
    const waiting = new Set(this.waiting);
    const shown = this.events.filter((event) => !waiting.has(event) && filters[this.filter](event)
      && (this.filter === 'All events' || !everyday.includes(event.name))).reverse();
    const days = [];
    this.rows.clear();
    for (const event of shown) {
      const heading = dayHeading(event.data.at);
      if (days.at(-1)?.heading !== heading) {
        days.push({ heading, rows: [] });
      }
      days.at(-1).rows.push(this.row(event));
    }
    this.list.replaceChildren(...days.flatMap((one) => [el('h3', {}, one.heading), el('ol', { reversed: true }, ...one.rows)]));
    if (shown.length === 0) {
      this.list.replaceChildren(el('p', { class: 'quiet' }, 'No such event among those loaded.'));
    }
    this.list.querySelector('ol:last-child > li:last-child')?.classList.add('last');
    this.showFoot();
    this.showChain();
  }

  row(event) {
    const isBroken = this.broken && event.version >= this.broken;
    const row = el('li', { class: `ev ${kindOf(event)}${isBroken ? ' broken' : ''}`, id: `v${event.version}`, tabindex: '-1' });
    const text = clock(event.data.at, { seconds: true, ms: ['out', 'bank'].includes(kindOf(event)) });
    row.append(
      el('span', { class: 'v' }, String(event.version)), timeOf(event.data.at, text), el('p', { class: 'what' }, this.titleOf(event)),
      el('p', { class: 'more' }, ...detailsOf(event).map((detail) => el('span', {}, detail))), el('ul', { class: 'told' }));
    if (!isKnown(event)) {
      row.append(el('details', {}, el('summary', {}, 'As it is stored'), el('pre', {}, JSON.stringify(event.data, null, 1))));
    }
    this.rows.set(event.version, row);
    this.showLedger(event, row);
    return row;
  }

  showLedger(event, row) {
    const ledger = ledgerOf(event, this.events, this.page.standing.owed);
    const list = row.querySelector('.told');
    const rows = ledger.map((one) => el('li', {}, stateOf(one), ' ', this.page.names.name(one.device), one.isSelf ? ' itself' : ''));
    const mark = rows.map((one) => one.textContent).join('|');
    if (list.dataset.mark !== mark) {
      list.dataset.mark = mark;
      list.replaceChildren(...rows);
    }
    list.hidden = rows.length === 0;
  }

  showLedgers() {
    for (const event of this.events) {
      const row = this.rows.get(event.version);
      if (row) {
        this.showLedger(event, row);
      }
    }
    this.showChain();
  }

  showFoot() {
    const older = (this.events[0]?.version ?? 1) - 1;
    const json = el('button', { type: 'button', class: 'plain', onclick: () => this.asJson() }, 'As JSON');
    this.foot.replaceChildren(...[
      older > 0 ? el('button', { type: 'button', class: 'older', onclick: () => this.older() },
        `Show ${Math.min(pageSize, older)} older events`) : null, json,
    ].filter(Boolean));
  }

  asJson() {
    const close = el('button', { type: 'button' }, 'Close');
    const dialog = el(
      'dialog', { class: 'ask wide', 'aria-labelledby': 'json-head' }, el('h2', { id: 'json-head' }, 'As JSON'),
      el('p', { class: 'small quiet' }, 'POST /internal/timeline/v1'), el('pre', { tabindex: '0' }, this.text),
      el('div', { class: 'acts' }, close));
    close.addEventListener('click', () => dialog.close());
    dialog.addEventListener('close', () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  /** The version of the last loaded event that ended a session of a device. */
  endOf(device) {
    return this.events.findLast((event) => endedBy(event).includes(device))?.version ?? null;
  }

  /** The answer to "why?" for an event that is loaded. */
  answerTo(version) {
    const event = this.events.find((one) => one.version === version);
    if (!event) {
      return { sentences: ['That event is not loaded: show older events.'], version: null };
    }
    const ledger = ledgerOf(event, this.events, this.page.standing.owed);
    const told = ledger.map((row) => `${this.page.names.name(row.device)}: ${stateOf(row).textContent}.`);
    const at = `${day(event.data.at)} at ${clock(event.data.at, { seconds: true })}`;
    const nobody = event.data.quiet ? 'No other device was told, on purpose.'
      : event.data.owed ? 'No other device was signed in.' : 'Other devices are not told about this.';
    return { sentences: [`${this.titleOf(event)}, ${at}.`, ...(told.length > 0 ? told : [nobody])], version, at: event.data.at };
  }

  goToHash() {
    const version = Number(/^#v(\d+)$/.exec(location.hash)?.[1] ?? 0);
    if (version > 0) {
      this.goTo(version);
    }
  }

  async goTo(version, event) {
    event?.preventDefault();
    history.replaceState(null, '', `#v${version}`);
    while (this.events[0]?.version > version) {
      await this.older();
    }
    if (!this.rows.has(version)) {
      this.filter = 'All events';
      this.draw();
    }
    const row = this.rows.get(version);
    row?.classList.add('marked');
    row?.scrollIntoView({ block: 'center' });
    row?.focus({ preventScroll: true });
    setTimeout(() => row?.classList.remove('marked'), markedMs);
  }
}
