// The console: who is signed in, which page the address names, and the end of the session.
import { byId, el } from '/assets/dom.js';
import { hideBar, may, pages, showBar } from '/assets/console/bar.js';
import { NoAnswer, leave, listen, logAway, sentence, whoIsSignedIn } from '/assets/console/calls.js';
import { listenToKeys } from '/assets/console/keyboard.js';
import { showSignIn } from '/assets/console/signin.js';

const warnMs = 2 * 60 * 1000;
const idleMs = 15 * 60 * 1000;
const main = byId('main');

const modules = {
  '/console': () => import('/assets/console/find.js'),
  '/console/live': () => import('/assets/console/live.js'),
  '/console/incidents': () => import('/assets/console/incidents.js'),
  '/console/cluster': () => import('/assets/console/cluster.js'),
  '/console/audit': () => import('/assets/console/audit.js'),
};

const newIncident = '/console/incidents/new';

/** What stands at an address: one of the pages of the bar, or one below it. */
function pageOf(path) {
  const of = (under) => pages.find((page) => page.path === under);
  if (path.startsWith('/console/users/')) {
    return { ...of('/console'), name: 'User', load: () => import('/assets/console/user.js') };
  }
  if (path === newIncident) {
    return { ...of('/console/incidents'), name: 'New incident', roles: ['operate'], load: () => import('/assets/console/plan.js') };
  }
  if (path.startsWith('/console/incidents/')) {
    return { ...of('/console/incidents'), name: 'Incident', load: () => import('/assets/console/incident.js') };
  }
  return { ...of(path), load: modules[path] };
}

let close = () => {}; // what the page shown has open
let endsAt = 0; // by this page's clock
let isIn = false;
let warning = null;

function signIn(note) {
  showSignIn(main, note, (person) => {
    isIn = true;
    if (location.pathname === '/console/sign-in') {
      history.replaceState(null, '', '/console');
    }
    start(person);
  });
}

/** Takes everything off the page: nobody may read on over an empty chair. */
function end(note) {
  isIn = false;
  close();
  close = () => {};
  warning?.close();
  document.querySelectorAll('dialog').forEach((dialog) => dialog.remove());
  hideBar();
  signIn(note);
}

function take(person) {
  endsAt = Date.now() + (Date.parse(person.endsAt) - Date.parse(person.now));
}

function warn() {
  const stay = el('button', { type: 'button', class: 'primary' }, 'Stay signed in');
  const trouble = el('p', { role: 'alert', hidden: true }, 'The service did not answer. Try again.');
  warning = el(
    'dialog', { class: 'ask', 'aria-labelledby': 'warn-head' },
    el('h2', { id: 'warn-head' }, 'You will be signed out in 2 minutes.'), trouble, el('div', { class: 'acts' }, stay));
  const keep = async () => {
    stay.disabled = true;
    trouble.hidden = true;
    trouble.hidden = await stayIn();
    stay.disabled = false;
    if (trouble.hidden) {
      warning?.close();
    }
  };
  stay.addEventListener('click', keep);
  warning.addEventListener('cancel', (event) => { // the escape key
    event.preventDefault();
    keep();
  });
  warning.addEventListener('close', () => {
    warning.remove();
    warning = null;
  });
  document.body.append(warning);
  warning.showModal();
}

/** Counts as use. The dialog goes once the service has said so, and not before: nobody may believe to be signed in for longer. */
async function stayIn() {
  try {
    const response = await fetch('/console/session', { headers: { 'X-Console': '1' }, cache: 'no-store' });
    if (response.status === 200) {
      take(await response.json());
    } else if (response.status === 401) {
      end('Signed out after 15 minutes without use.');
    }
    return response.status === 200 || response.status === 401;
  } catch {
    return false;
  }
}

let isAsking = false;

/** Asks the service before it warns or ends: another tab may have been used. */
async function tick() {
  if (!isIn || isAsking || Date.now() < endsAt - warnMs || (warning && Date.now() < endsAt)) {
    return;
  }
  isAsking = true;
  try {
    const person = await whoIsSignedIn({ isRefresh: true });
    if (person === null) {
      end('Signed out after 15 minutes without use.');
      return;
    }
    take(person);
  } catch {
    if (Date.now() >= endsAt) {
      end('Signed out after 15 minutes without use.');
      return;
    }
  } finally {
    isAsking = false;
  }
  if (!warning && Date.now() >= endsAt - warnMs) {
    warn();
  }
}

async function leaveConsole() {
  isIn = false;
  close();
  try {
    await leave();
    location.assign('/console/sign-in');
  } catch (error) {
    isIn = true;
    main.prepend(el('p', { class: 'panel message bad', role: 'alert' }, `You are still signed in. ${sentence(error)}`));
  }
}

function refuse(page) {
  document.title = 'Not for your key · Sessions console';
  main.replaceChildren(
    el('h1', {}, page.name),
    el('p', { class: 'panel message', role: 'status' }, `Your key may not open this page. It needs the role ${page.roles.join(' or ')}.`));
}

async function start(person) {
  isIn = true;
  take(person);
  if (location.pathname === '/console' && !may(person, pages[0].roles)) {
    location.replace('/console/cluster');
    return;
  }
  const page = pageOf(location.pathname);
  showBar(person, page.path, leaveConsole);
  if (!may(person, page.roles)) {
    refuse(page);
    return;
  }
  document.title = `${page.name} · Sessions console`;
  main.replaceChildren();
  const module = await page.load();
  close = module.show(main, person) ?? (() => {});
}

async function begin() {
  try {
    const person = location.pathname === '/console/sign-in' ? null : await whoIsSignedIn();
    if (person === null) {
      signIn();
    } else {
      await start(person);
    }
  } catch (error) {
    const again = el('button', { type: 'button', onclick: begin }, 'Try again');
    const text = error instanceof NoAnswer ? 'The service did not answer.' : `The service cannot answer now: ${logAway}`;
    main.replaceChildren(el('div', { class: 'panel message', role: 'status' }, el('p', {}, text), again));
  }
}

listen(() => { endsAt = Math.max(endsAt, Date.now() + idleMs); }, (note) => isIn && end(note));
listenToKeys();
setInterval(tick, 1000);
begin();
