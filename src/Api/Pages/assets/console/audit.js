// Who looked at whom, newest first. Opening it is a row of it.
import { el, say } from '/assets/dom.js';
import { ask, sentence } from '/assets/console/calls.js';
import { clock, day, instantOf, timeOf } from '/assets/console/times.js';
import { announce, count } from '/assets/console/words.js';

const what = {
  user: 'Opened a user', timeline: 'Read the timeline', search: 'Searched', export: 'Exported', feed: 'Read the feed',
  log: 'Read the whole log',
  audit: 'Read this record',
  incident: 'Acted on an incident', incidents: 'Looked at incidents', wake: 'Woke a device',
  'sign-out': 'Signed out', lock: 'Locked sign-ins', release: 'Released a lock', revoke: 'Ended a session by its token',
  'console-sign-in': 'Signed in to the console', 'console-sign-out': 'Left the console',
};

const columns = ['Time', 'Key', 'Name', 'What', 'User'];

class Audit {
  constructor(main, person) {
    this.fields = [
      ['key', 'Key'], ['actor', 'Name'], ['user', 'User (2001-…)'], ['from', 'From', 'datetime-local'],
      ['until', 'Until', 'datetime-local'],
    ].map(([name, label, type]) => {
      const input = el('input', { id: `audit-${name}`, type: type ?? 'text', autocomplete: 'off', spellcheck: 'false' });
      return { name, input, label: el('label', { for: `audit-${name}` }, label, input) };
    });
    this.rows = [];
    this.body = el('tbody', {});
    this.message = el('p', { class: 'message', role: 'status' }, 'Loading…');
    this.older = el('button', { type: 'button', hidden: true, onclick: () => this.read(true) }, 'Show older rows');
    const csv = el('button', { type: 'button', onclick: () => this.csv() }, 'CSV');
    const form = el(
      'form', { class: 'filters panel', 'aria-label': 'Filters', novalidate: true }, ...this.fields.map((field) => field.label),
      el('button', { class: 'primary' }, 'Show'));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.read(false);
    });
    const head = columns.map((name) => el('th', { scope: 'col' }, name));
    main.replaceChildren(el('h1', {}, 'Audit'), form, el(
      'section', { class: 'panel scroll', 'aria-labelledby': 'rows' },
      el('header', {}, el('h2', { id: 'rows' }, 'Who looked at whom'), csv),
      el('table', { class: 'flat rows' }, el('thead', {}, el('tr', {}, ...head)), this.body),
      this.message, el('div', { class: 'acts timeline-foot' }, this.older)));
    this.person = person;
    this.read(false);
  }

  question() {
    const given = this.fields.filter((field) => field.input.value.trim() !== '').map(({ name, input }) => [
      name, input.type === 'text' ? input.value.trim() : instantOf(input.value)]);
    return Object.fromEntries(given);
  }

  async read(isOlder) {
    try {
      const page = await ask('/internal/audit/v1', { ...this.question(), ...(isOlder ? { before: this.next } : {}) });
      this.rows = isOlder ? [...this.rows, ...page.rows] : page.rows;
      this.next = page.next;
      const from = isOlder ? this.rows.length - page.rows.length : 0;
      this.body.replaceChildren(...this.rows.map((row) => this.row(row)));
      say(this.message, this.rows.length === 0 ? 'No row.' : '');
      this.message.hidden = this.rows.length > 0;
      this.older.hidden = !page.next;
      announce(count(page.rows.length, 'row'));
      if (isOlder) {
        this.body.children[from]?.focus();
      }
    } catch (error) {
      this.message.hidden = false;
      say(this.message, sentence(error, 'Nothing was changed.'));
    }
  }

  row(row) {
    const user = row.user ? el('a', { href: `/console/users/${row.user}` }, `${row.user.slice(0, 13)}…`) : '–';
    const at = timeOf(row.at, `${day(row.at)} ${clock(row.at, { seconds: true })}`);
    return el('tr', { tabindex: '-1' }, el('td', {}, at), el('td', {}, row.key), el('td', {}, row.actor ?? '–'),
      el('td', {}, what[row.what] ?? row.what), el('td', { class: 'mono' }, user));
  }

  csv() {
    const quoted = (text) => `"${String(text ?? '').replaceAll('"', '""')}"`;
    const lines = this.rows.map((row) => [row.at, row.key, row.actor, row.what, row.user].map(quoted).join(','));
    const address = URL.createObjectURL(new Blob([['at,key,actor,what,user', ...lines, ''].join('\r\n')], { type: 'text/csv' }));
    el('a', { href: address, download: 'audit.csv' }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }
}

export function show(main, person) {
  new Audit(main, person);
}
