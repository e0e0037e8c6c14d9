// The incidents of the last day: what runs now first. Rows change in place; new ones wait behind a button.
import { el, say } from '/assets/dom.js';
import { may } from '/assets/console/bar.js';
import { sentence } from '/assets/console/calls.js';
import { byWhom, filterOf, nameOfIncident, phaseOf, readIncidents, writtenDown } from '/assets/console/incidentwords.js';
import { timeOf, when } from '/assets/console/times.js';
import { versionLocks } from '/assets/console/versionlock.js';
import { announce, count } from '/assets/console/words.js';

const everyMs = 5000;
const order = ['running', 'paused', 'counting', 'counted', 'finished'];

const byPhaseThenNewest = (a, b) => order.indexOf(a.phase) - order.indexOf(b.phase) || Date.parse(b.plannedAt) - Date.parse(a.plannedAt);

class IncidentList {
  constructor(main, person) {
    this.rows = new Map();
    this.list = el('ol', { class: 'incidents' });
    this.message = el('p', { class: 'message quiet', role: 'status' }, 'Loading…');
    this.newer = el('div', { class: 'newer', hidden: true });
    const mayAct = may(person, ['operate']);
    const create = mayAct ? el('a', { class: 'button', href: '/console/incidents/new' }, 'New incident')
      : el('p', { class: 'small quiet' }, 'Your key may look, not act (it lacks the role operate).');
    const title = el('h1', { tabindex: '-1' }, 'Incidents');
    main.replaceChildren(
      el('div', { class: 'lead' }, title, create), ...(may(person, ['support']) ? [versionLocks(person, title)] : []),
      el('section', { class: 'panel', 'aria-labelledby': 'incidents' },
        el('header', {}, el('h2', { id: 'incidents' }, 'Many sessions ended at once'),
          el('span', { class: 'small quiet' }, 'The last 25 hours')),
        this.newer, this.list, this.message));
    this.read();
    this.timer = setInterval(() => this.read(), everyMs);
  }

  async read() {
    if (this.isReading) {
      return;
    }
    this.isReading = true;
    try {
      this.show(await readIncidents({ isRefresh: true }));
    } catch (error) {
      this.message.hidden = false;
      say(this.message, sentence(error));
    } finally {
      this.isReading = false;
    }
  }

  show(incidents) {
    const isFirst = !this.hasRead;
    this.hasRead = true;
    const shown = isFirst ? [...incidents].sort(byPhaseThenNewest) : incidents.filter((one) => this.rows.has(one.id));
    for (const incident of shown) {
      this.showRow(incident);
    }
    this.showNewer(incidents.length - this.rows.size);
    this.message.hidden = this.rows.size > 0;
    say(this.message, 'No incident. Where many sessions are in danger, they are ended here, all at once.');
  }

  showRow(incident) {
    const mark = JSON.stringify(incident);
    const row = this.rows.get(incident.id) ?? el('li', {});
    if (row.dataset.mark === mark) {
      return;
    }
    row.dataset.mark = mark;
    const link = row.querySelector('a') ?? el('a', { href: `/console/incidents/${incident.id}` }, nameOfIncident(incident));
    if (row.children.length === 0) {
      row.append(
        el('h3', {}, link, ' ', phaseOf(incident)), el('p', {}, 'It ends ', ...filterOf(incident), '.'), el('p', { class: 'facts' }));
      this.rows.set(incident.id, row);
      this.list.append(row);
    } else {
      row.querySelector('.state').replaceWith(phaseOf(incident)); // the link may have the focus
    }
    row.querySelector('.facts').replaceChildren(...factsOf(incident));
  }

  showNewer(number) {
    this.newer.hidden = number <= 0;
    if (number > 0 && this.waiting !== number) {
      const text = `${number} new: show`;
      this.newer.replaceChildren(el('button', { type: 'button', onclick: () => location.reload() }, text));
      announce(text);
    }
    this.waiting = number;
  }

  close() {
    clearInterval(this.timer);
  }
}

function factsOf(incident) {
  const fact = (name, ...value) => el('span', {}, `${name} `, el('b', {}, ...value));
  const facts = [fact('Planned', timeOf(incident.plannedAt, when(incident.plannedAt)), ` by ${
    byWhom(incident.plannedBy, incident.plannedFor)}`)];
  if (incident.closedAt) {
    facts.push(
      fact('Refused everywhere since', timeOf(incident.closedAt, when(incident.closedAt, { ms: true }))),
      fact('Written down', writtenDown(incident)));
  } else if (incident.sessions !== undefined) {
    facts.push(fact('Counted', `${count(incident.sessions, 'session')} of ${count(incident.users, 'user')}`));
  }
  return facts;
}

export function show(main, person) {
  const list = new IncidentList(main, person);
  return () => list.close();
}
