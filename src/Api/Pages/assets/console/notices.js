// Who is owed what and since when, then what was shown or could not be within the last 24 hours.
import { el } from '/assets/dom.js';
import { clock, when } from '/assets/console/times.js';
import { ledgerOf, stateOf } from '/assets/console/ledger.js';
import { namedDevice, state } from '/assets/console/words.js';

const dayMs = 24 * 60 * 60 * 1000;

export class NoticeList {
  constructor(page) {
    this.page = page;
    this.body = el('tbody', {});
    this.empty = el('p', { class: 'message quiet' }, 'Loading…');
    const head = ['Device', 'About', 'State'].map((name) => el('th', { scope: 'col' }, name));
    this.table = el('table', { class: 'flat', hidden: true }, el('thead', {}, el('tr', {}, ...head)), this.body);
    this.element = el(
      'section', { class: 'panel notices', 'aria-labelledby': 'owed' },
      el('header', {}, el('h2', { id: 'owed' }, 'Notices'), el('span', { class: 'small quiet' }, 'Last 24 hours')), this.table, this.empty);
  }

  show() {
    const rows = this.rows();
    const mark = JSON.stringify(rows.map((row) => [row.key, row.state.textContent]));
    if (mark === this.mark) {
      return;
    }
    this.mark = mark;
    this.table.hidden = rows.length === 0;
    this.empty.hidden = rows.length > 0;
    this.empty.textContent = 'No device was owed a notice.';
    this.body.replaceChildren(...rows.map((row) => el(
      'tr', {}, el('td', {}, ...row.device), el('td', { title: new Date(row.at).toISOString() }, row.about), el('td', {}, row.state))));
  }

  rows() {
    const { standing, timeline } = this.page;
    const { events } = timeline;
    const recent = events.filter((event) => Date.now() - Date.parse(event.data.at) < dayMs || standing.owed.some(
      (notice) => notice.version === event.version));
    const rows = recent.flatMap((event) => ledgerOf(event, events, standing.owed));
    const known = new Set(rows.map((row) => `${row.hash}${row.event.version}`));
    const older = standing.owed.filter((notice) => !known.has(`${notice.to}${notice.version}`)).map((notice) => ({
      key: `${notice.to}${notice.version}`, device: this.deviceOf(notice.to, notice.label), order: 0, at: Date.parse(notice.at),
      about: `${notice.signedOut} signed out, ${this.timeOf(notice.at)}`, state: state('owed', 'owed'),
    }));
    const quiet = recent.filter((event) => event.data.quiet === true).map((event) => ({
      key: `quiet${event.version}`, device: ['–'], order: 2, at: Date.parse(event.data.at),
      about: `${timeline.titleOf(event)}, ${this.timeOf(event.data.at)}`, state: state('ended', 'quiet: no other device is told'),
    }));
    const shown = rows.map((row) => ({
      key: `${row.hash}${row.event.version}`, device: this.deviceOf(row.hash, row.device.split(':')[1]), about: this.about(row),
      order: row.stands === 'owed' ? 0 : 1, at: Date.parse(row.event.data.at), state: stateOf(row),
    }));
    return [...older, ...shown, ...quiet].sort((a, b) => a.order - b.order || (a.order === 0 ? a.at - b.at : b.at - a.at));
  }

  deviceOf(hash, label) {
    const known = this.page.names.all.get(hash);
    return known ? namedDevice(known) : namedDevice({ label });
  }

  about(row) {
    const { event } = row;
    const at = this.timeOf(event.data.at);
    if (row.isSelf) {
      return `Its own sign-out, ${at}`;
    }
    const devices = event.data.device ? [event.data.device] : [...new Set((event.data.sessions ?? []).map((one) => one.device))];
    return `${devices.map((device) => device.split(':')[1]).join(', ') || 'A device'} signed out, ${at}`;
  }

  timeOf(at) {
    return Date.now() - Date.parse(at) < dayMs && when(at).startsWith('today') ? clock(at, { seconds: true }) : when(at);
  }
}
