// The demo: a person with three phones (two with ?phones=2), the real service, and what can be done to it.
import { NoAnswer } from './api.js';
import { BreakIt } from './breakit.js';
import { drawLast, drawRun } from './chart.js';
import { byId, el, say, setState } from './dom.js';
import { LogView, PersonLog } from './log.js';
import { Run } from './measure.js';
import { Phone } from './phone.js';
import { PhoneView } from './phoneview.js';
import { setUpCopy, showWire } from './wire.js';

const settings = document.body.dataset;
const nodes = settings.nodes.split(' ').filter(Boolean);
const noticeWithinMs = 3000;
const phonesWanted = new URLSearchParams(location.search).get('phones') === '2' ? 2 : 3;

/** A person: an account of nine digits that begins with 9, and the phones. */
class Person {
  constructor() {
    const [random] = crypto.getRandomValues(new Uint32Array(1));
    this.account = String(900000000 + (random % 100000000));
    this.phones = [];
    while (this.phones.length < phonesWanted) {
      const number = this.phones.length + 1;
      const phone = new Phone(number, this.account, nodeOf(number));
      if (this.phones.every((other) => other.label !== phone.label)) {
        this.phones.push(phone);
      }
    }
    this.runs = [];
    this.run = null;
    this.lastOut = null; // the phone of the last sign-out
    this.log = new PersonLog(this);
    for (const phone of this.phones) {
      phone.addEventListener('told', (event) => this.told(phone, event.detail));
      phone.addEventListener('confirmed', () => this.log.refresh());
    }
    this.log.addEventListener('change', () => this.count());
  }

  nameOf(label) {
    const phone = this.phones.find((one) => one.label === label);
    return phone ? `${phone.name} (${label})` : `Device ${label}`;
  }

  /** What the log says that each phone is owed. */
  count() {
    for (const phone of this.phones) {
      const owed = this.log.owedTo(phone.label).length;
      if (phone.owed !== owed) {
        phone.owed = owed;
        phone.changed();
      }
    }
    if (this.run) {
      this.draw();
    }
  }

  told(phone, { notice, at }) {
    const { run } = this;
    if (run && run.phone.label === notice.label && run.listeners.includes(phone) && !run.told.has(phone)) {
      notice.told = run.markTold(phone, at);
      this.draw();
    }
    this.log.refresh();
  }

  /** A sign-out, measured. The answer; null where the phone has no network. */
  async signOut(phone, mode) {
    const others = this.phones.filter((other) => other !== phone && other.isIn);
    const run = this.run = new Run(phone, mode, others.filter((other) => other.isListening), others.filter((other) => !other.isListening));
    let answer = null;
    try {
      answer = await phone.signOut(mode, run);
    } finally {
      this.run = answer === null ? null : run;
    }
    if (answer !== null) {
      showWire(answer);
      this.lastOut = answer.status === 200 ? phone : this.lastOut;
      this.runs.push(run);
      setTimeout(() => this.giveUp(run), noticeWithinMs);
      this.draw();
      this.log.refresh();
    }
    return answer;
  }

  /** A phone that listens and has nothing yet will not keep the line back. */
  giveUp(run) {
    run.isOver = true;
    if (this.run === run) {
      this.draw();
    }
  }

  /** Draws the run; its line is said once, when everybody who listens has the notice. */
  draw() {
    const { run } = this;
    drawLast(run, this.phones, (phone) => this.log.owedTo(phone.label));
    drawRun(this.runs);
    if (run.isComplete) {
      const line = run.line;
      if (byId('line').textContent !== line.flat().join('')) {
        byId('line').replaceChildren(...line.map((part) => Array.isArray(part) ? el('em', {}, part[0]) : part));
        byId('next').hidden = false;
      }
    }
  }

  /** Resolves when no phone has an acknowledgement on its way, with the log as it is then. */
  async quiet() {
    await Promise.all(this.phones.map((phone) => phone.acknowledging));
    await this.log.refresh();
  }

  async start() {
    say(byId('line'), `Signing in ${this.phones.length === 2 ? 'two' : 'three'} phones…`);
    for (const phone of this.phones.filter((one) => !one.isIn)) {
      await phone.signIn(phone.number === 3 ? 2 : 1);
    }
    await this.log.refresh();
    byId('line').replaceChildren('Press ', el('b', {}, 'Sign out this device'), ' on phone 1.');
  }

  rest() {
    this.log.close();
    this.phones.forEach((phone) => phone.rest());
  }
}

const nodeOf = (number) => nodes.length === 0 ? '' : nodes[(number - 1) % nodes.length];

let person = null;
let before = null; // the person before, whose log stays

/** Does something with the service; where nobody answers, the service's state says so. */
async function attempt(act) {
  try {
    return await act();
  } catch (e) {
    if (!(e instanceof NoAnswer)) {
      throw e;
    }
    await person.log.refresh();
    return null;
  }
}

const actions = {
  signInWithPin: (phone) => attempt(async () => { showWire(await phone.signIn(1)); await person.log.refresh(); }),
  signInWithDevice: (phone) => attempt(async () => { showWire(await phone.signIn(2)); await person.log.refresh(); }),
  signOut: (phone) => attempt(() => person.signOut(phone, 1)),
  signOutDevice: (phone) => attempt(() => person.signOut(phone, 2)),
  comeBack: (phone) => attempt(async () => {
    const kept = await phone.comeBack();
    if (kept !== null) {
      await person.signOut(phone, kept);
    }
  }),
  cut: (phone) => phone.goOffline(),
  move: (phone, node) => attempt(() => phone.moveTo(node)),
};

function showService() {
  const { state, reason } = person.log.service;
  const shown = { ready: ['live', 'service ready'], unready: ['bad', 'service not ready'], away: ['bad', 'no service'] }[state];
  if (shown) {
    setState(byId('service'), ...shown);
  }
  document.body.classList.toggle('unready', state === 'unready' || state === 'away');
  byId('unready').hidden = state !== 'unready';
  say(byId('unready'), state === 'unready' ? `The service is not ready: ${reason}.` : '');
}

async function begin() {
  if (person) {
    before = person;
    before.rest();
    showBefore();
  }
  person = new Person();
  new LogView(person.log);
  person.log.addEventListener('change', showService);
  byId('phones').replaceChildren(...person.phones.map((phone) => new PhoneView(phone, nodes, actions).element));
  byId('lanes').replaceChildren();
  byId('axis').hidden = true;
  byId('dots-box').hidden = true;
  say(byId('run'), '');
  new BreakIt(person, attempt);
  while (await attempt(async () => { await person.start(); return true; }) === null) {
    say(byId('line'), 'The service does not answer. Trying again…');
    await new Promise((done) => setTimeout(done, 1000));
  }
}

function showBefore() {
  byId('before').hidden = false;
  byId('before-json').hidden = true;
  byId('before-show').setAttribute('aria-expanded', 'false');
  say(byId('before-json'), '');
}

function setUpBefore() {
  byId('before-show').addEventListener('click', () => {
    const shown = byId('before-json');
    shown.hidden = !shown.hidden;
    say(shown, shown.hidden ? '' : JSON.stringify(JSON.parse(before.log.text), null, 1));
    byId('before-show').setAttribute('aria-expanded', String(!shown.hidden));
  });
}

/** Browsers open six connections to one host, and each phone holds one: only one tab may go on. */
function shareWithOtherTabs() {
  const channel = new BroadcastChannel('bankezy-sessions-demo');
  const elsewhere = byId('elsewhere');
  channel.addEventListener('message', () => {
    person?.rest();
    elsewhere.hidden = false;
    byId('main').inert = true;
    byId('here').focus();
  });
  byId('here').addEventListener('click', () => {
    channel.postMessage('here');
    elsewhere.hidden = true;
    byId('main').inert = false;
    person.log.timer = setInterval(() => !document.hidden && person.log.refresh(), 2000);
    person.phones.forEach((phone) => phone.listen());
    person.log.refresh();
  });
  channel.postMessage('here');
}

if (settings.simulator === 'on') {
  setUpCopy();
  setUpBefore();
  byId('again').addEventListener('click', begin);
  shareWithOtherTabs();
  begin();
} else {
  byId('no-simulator').hidden = false;
  byId('demo').hidden = true;
}
