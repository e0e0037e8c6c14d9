// The bar: what the key may open, whose name is recorded, in which zone times are.
import { byId, el } from '/assets/dom.js';
import { isUtc, setUtc, zoneName } from '/assets/console/times.js';

/** The pages, with the roles that open each. */
export const pages = [
  { path: '/console', name: 'Find', roles: ['support', 'audit'] },
  { path: '/console/live', name: 'Live', roles: ['support', 'operate', 'audit'] },
  { path: '/console/incidents', name: 'Incidents', roles: ['support', 'operate', 'audit'] },
  { path: '/console/cluster', name: 'Cluster', roles: ['operate', 'audit'] },
  { path: '/console/audit', name: 'Audit', roles: ['audit'] },
];

export const may = (person, roles) => roles.some((role) => person.roles.includes(role));

/** Shows the bar; `current` is the path of one of the pages. */
export function showBar(person, current, onLeave) {
  byId('nav-list').replaceChildren(...pages.filter((page) => may(person, page.roles)).map((page) => el(
    'li', {}, el('a', { href: page.path, 'aria-current': page.path === current ? 'page' : null }, page.name))));
  const zone = el('button', { type: 'button', class: 'plain', title: isUtc() ? 'Show times of your own zone' : 'Show times in UTC' },
    `Times: ${zoneName()}`);
  zone.addEventListener('click', () => {
    setUtc(!isUtc());
    location.reload();
  });
  const leave = el('button', { type: 'button', class: 'plain', onclick: onLeave }, 'Leave console');
  byId('me').replaceChildren(
    el('span', { class: 'wide' }, zone), el('span', {}, person.actor, el('span', { class: 'wide' }, ` · key ${person.key}`)), leave);
  byId('nav').hidden = byId('me').hidden = false;
}

export function hideBar() {
  byId('nav-list').replaceChildren();
  byId('me').replaceChildren();
  byId('nav').hidden = byId('me').hidden = true;
}
