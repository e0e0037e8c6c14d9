// The devices of a user: those that are signed in first, then those whose session has ended.
import { el, svg } from '/assets/dom.js';
import { timeOf, when } from '/assets/console/times.js';
import { count, labelOf, nameOf, namedDevice, state } from '/assets/console/words.js';

const cardsMax = 8;
const by = {
  app: 'By itself', limit: 'By a limit', 'sign-in': 'By a newer sign-in', 'new-sign-in': 'By a newer sign-in', bank: 'By support',
  you: 'By itself', 'another-device': 'From another device', support: 'By support', service: 'By a service', incident: 'By an incident',
};

function icon(kind) {
  const line = { viewBox: '0 0 24 30', fill: 'none', stroke: 'currentColor', 'stroke-width': '1.8', 'aria-hidden': 'true' };
  return kind === 'tablet'
    ? svg('svg', line, svg('rect', { x: 1.5, y: 3.5, width: 21, height: 23, rx: 3 }), svg('path', { d: 'M10 23h4' }))
    : svg('svg', line, svg('rect', { x: 4, y: 1.5, width: 16, height: 27, rx: 3.5 }), svg('path', { d: 'M10 25h4' }));
}

const fact = (text, at, options) => el('span', {}, `${text} `, el('b', {}, timeOf(at, when(at, options))));

const modeOf = (session) => session.signInMode === 2 ? 'Device sign-in,' : session.signInMode === 1 ? 'PIN,' : 'Since';

export class DeviceList {
  constructor(page) {
    this.page = page;
    this.summary = el('span', { class: 'small quiet' });
    this.list = el('ul', { class: 'cards' }, el('li', { class: 'card' }, 'Loading…'));
    this.element = el(
      'section', { class: 'panel devices', 'aria-labelledby': 'devices' },
      el('header', {}, el('h2', { id: 'devices' }, 'Devices'), this.summary), this.list);
    this.cards = new Map();
  }

  show() {
    const { devices } = this.page.standing;
    const signedIn = devices.filter((device) => device.sessions.length > 0);
    this.summary.textContent = `${signedIn.length} signed in, ${devices.length - signedIn.length} not`;
    if (signedIn.length === 0 && !this.none) {
      this.none = el('li', { class: 'card none' }, 'No device is signed in.');
    }
    this.list.classList.toggle('dense', devices.length > cardsMax);
    const wanted = devices.map((device) => this.card(device));
    const all = signedIn.length === 0 ? [this.none, ...wanted] : wanted;
    // Order changes on reload only: what is there stays where it is, and what is new comes last.
    const kept = [...this.list.children].filter((one) => all.includes(one));
    const added = all.filter((one) => !kept.includes(one));
    if (added.length > 0 || kept.length !== this.list.children.length) {
      [...this.list.children].filter((one) => !kept.includes(one)).forEach((one) => one.remove());
      this.list.append(...added);
    }
  }

  /** The device's card, changed in place where something about it changed. */
  card(device) {
    const card = this.cards.get(device.device) ?? el('li', { class: 'card', id: `d${device.device}` });
    this.cards.set(device.device, card);
    const owed = this.page.standing.owed.filter((notice) => notice.to === device.device).length;
    const lock = (this.page.standing.locks ?? []).find((one) => one.device === device.device);
    const mark = JSON.stringify([device, owed, lock]);
    if (card.dataset.mark !== mark) {
      const hadFocus = card.contains(document.activeElement);
      card.dataset.mark = mark;
      card.className = device.sessions.length > 0 ? 'card' : 'card off';
      card.replaceChildren(icon(device.kind), this.body(device, owed, lock), ...this.acts(device, lock));
      if (hadFocus) {
        (card.querySelector('button, a') ?? card).focus?.();
      }
    }
    return card;
  }

  body(device, owed, lock) {
    const isIn = device.sessions.length > 0;
    const states = [
      isIn ? state('live', 'signed in') : state('ended', 'signed out'), lock ? state('owed', 'locked') : null,
      owed > 0 ? state('owed', `owed ${count(owed, 'notice')}`) : null,
    ];
    return el(
      'div', {}, el('h3', {}, el('span', {}, ...namedDevice(device)), ...states),
      el('p', { class: 'facts' }, ...(isIn ? this.factsIn(device) : this.factsOut(device))));
  }

  factsIn(device) {
    const [first] = device.sessions;
    const facts = device.sessions.length === 1
      ? [fact(modeOf(first), first.startedAt), fact('Last seen', device.lastSeenAt), fact('Ends', first.expiresAt)]
      : [fact('Last seen', device.lastSeenAt)];
    return [...facts, ...this.described(device)];
  }

  factsOut(device) {
    const facts = [];
    if (device.endedAt) {
      facts.push(fact(`${by[device.endedBy] ?? 'Ended'},`, device.endedAt, { seconds: true }));
    }
    if (!device.deviceSignIn) {
      facts.push(el('span', {}, 'Needs the PIN to sign in again'));
    }
    const version = device.endedVersion ?? this.page.timeline.endOf(device.device);
    if (version) {
      const why = el('button', { type: 'button', class: 'link', 'aria-label': `Why? ${nameOf(device)}` }, 'Why?');
      why.addEventListener('click', () => this.page.answer.why(version));
      facts.push(why);
    }
    return [...facts, ...this.described(device)];
  }

  described(device) {
    return [
      device.model ? el('span', {}, device.model) : null, device.appVersion ? el('span', {}, 'App ', el('b', {}, device.appVersion)) : null,
    ].filter(Boolean);
  }

  acts(device, lock) {
    if (!this.page.mayAct) {
      return [];
    }
    const label = labelOf(device);
    const button = (text, act, kind) => el('button', { type: 'button', class: kind, onclick: act }, text);
    const sessions = device.sessions.length < 2 ? [] : [el('ul', { class: 'sessions' }, ...device.sessions.map((session) => el(
      'li', {}, el('span', { class: 'facts' }, fact(modeOf(session), session.startedAt), fact('Ends', session.expiresAt)),
      button('End this session', () => this.page.signOut(device, session), 'plain'))))];
    const acts = [
      device.sessions.length > 0 ? button(`Sign out ${label}`, () => this.page.signOut(device), 'stop') : null,
      lock ? null : button(`Lock ${label}`, () => this.page.lock(device), 'plain'),
    ].filter(Boolean);
    return [...sessions, el('div', { class: 'acts' }, ...acts)];
  }

  /** The button that signs a device out, where it still stands. */
  buttonOf(device) {
    return this.cards.get(device)?.querySelector('.stop') ?? null;
  }
}
