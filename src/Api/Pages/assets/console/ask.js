// The question before something ends: what ends, who is told, why. It is never asked twice, and acts once however often it is sent.
import { el, say } from '/assets/dom.js';
import { NoAnswer, ask } from '/assets/console/calls.js';
import { lasting, timeOf, when } from '/assets/console/times.js';
import { count, labelOf, nameOf, reasonLabel, sortedReasons } from '/assets/console/words.js';

const triesBeforeReading = 3;

/** A dialog with reason and ticket. `send` gets the common members, resolves with the answer, and `done` shows it. */
export class Ask {
  constructor(page, { title, will, keep, act, acting, fields = [], ticks = [], send, done }) {
    Object.assign(this, { page, act, acting, send, done, requestId: crypto.randomUUID(), tries: 0, from: document.activeElement });
    this.reason = el('select', { id: 'ask-reason', 'aria-describedby': 'ask-reason-bad' }, el('option', { value: '' }, 'Choose…'),
      ...sortedReasons(page.person.reasons).map((code) => el('option', { value: code }, reasonLabel(code))));
    this.reasonBad = el('span', { class: 'bad', id: 'ask-reason-bad' });
    this.ticket = el('input', { id: 'ask-ticket', autocomplete: 'off', maxlength: '32', 'aria-describedby': 'ask-ticket-bad' });
    this.ticketBad = el('span', { class: 'bad', id: 'ask-ticket-bad' });
    this.uncertain = el('div', { class: 'uncertain', role: 'alert' });
    this.keepButton = el('button', { type: 'button', onclick: () => this.dialog.close() }, keep);
    this.button = el('button', { type: 'button', class: 'stop primary', onclick: () => this.confirm() }, act);
    this.will = el('ul', { class: 'will' }, ...will.map((line) => el('li', {}, ...[line].flat())));
    this.dialog = el(
      'dialog', { class: 'ask', 'aria-labelledby': 'ask-head' }, el('h2', { id: 'ask-head' }, title), this.will,
      el('div', { class: 'fields' }, el('label', { for: 'ask-reason' }, 'Reason', this.reason, this.reasonBad),
        el('label', { for: 'ask-ticket' }, 'Ticket (optional)', this.ticket, this.ticketBad), ...fields),
      ...ticks, el('p', { class: 'small quiet' }, `Reason, ticket and your name (${page.person.actor}) stay in the log for ever.`),
      this.uncertain, el('div', { class: 'acts' }, this.keepButton, this.button));
    this.dialog.addEventListener('close', () => this.closed());
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.keepButton.focus();
  }

  closed() {
    this.dialog.remove();
    if (!this.isDone) {
      const target = this.from?.isConnected ? this.from : this.page.title;
      target.focus();
    }
  }

  /** A line of "what will happen" that changes with a tick. */
  setWill(index, ...content) {
    this.will.children[index].replaceChildren(...content);
  }

  isReady() {
    const ticket = this.ticket.value.trim().toUpperCase();
    say(this.reasonBad, this.reason.value ? '' : 'Choose a reason.');
    say(this.ticketBad, /^[A-Z0-9-]{0,32}$/.test(ticket) ? '' : 'Use A-Z, 0-9 and -, at most 32.');
    if (!this.reason.value) {
      this.reason.focus();
    } else if (this.ticketBad.textContent) {
      this.ticket.focus();
    }
    return this.reason.value !== '' && this.ticketBad.textContent === '';
  }

  async confirm() {
    if (this.isBusy || !this.isReady()) {
      return;
    }
    this.busy(true);
    const ticket = this.ticket.value.trim().toUpperCase();
    try {
      const answer = await this.send({ reason: this.reason.value, ...(ticket ? { ticket } : {}), requestId: this.requestId });
      this.isDone = true;
      this.dialog.close();
      await this.done(answer);
    } catch (error) {
      this.failed(error);
    } finally {
      this.busy(false);
    }
  }

  busy(isBusy) {
    this.isBusy = isBusy;
    this.button.disabled = this.keepButton.disabled = isBusy;
    say(this.button, isBusy ? this.acting : this.act);
  }

  failed(error) {
    if (error.status === 401) {
      return; // The sign-in stands in its place; the choice is not kept.
    }
    if (!(error instanceof NoAnswer) && error.status !== 503) {
      if (error.status === undefined) {
        throw error;
      }
      this.uncertain.replaceChildren(el('p', { class: 'bad' }, error.message));
      return;
    }
    this.tries++;
    const again = el('button', { type: 'button', onclick: () => this.confirm() }, 'Try again');
    const read = el('button', { type: 'button', onclick: () => location.reload() }, 'Read the user again');
    this.uncertain.replaceChildren(
      el('p', {}, el('b', {}, `It is not certain whether ${this.what ?? 'it'} was done. `), 'Trying again never acts twice.'),
      el('div', { class: 'acts' }, again, this.tries >= triesBeforeReading ? read : null));
    again.focus();
  }
}

export const tick = (id, text, note) => {
  const input = el('input', { type: 'checkbox', id });
  const label = el('label', { class: 'tick', for: id }, input, el('span', {}, text));
  return { input, element: el('div', {}, label, note ? el('p', { class: 'small quiet note-of-tick' }, note) : null) };
};

function whoIsTold(page, except) {
  const others = page.standing.devices.filter((device) => device.sessions.length > 0 && device.device !== except.device);
  const itself = `${nameOf(except)} is told “signed out by your bank”, at the latest at its next sign-in.`;
  const rest = others.length === 0 ? 'No other device is signed in.'
    : `${others.map(nameOf).join(', ')} ${others.length === 1 ? 'is' : 'are'} told that ${labelOf(except)} was signed out.`;
  return `${itself} ${rest}`;
}

function quietTick() {
  return tick('ask-quiet', 'Quiet: do not tell the other devices', 'For somebody whose phone is watched. The log keeps that it was quiet.');
}

const whose = (page) => `Account ending ${page.standing.ending}, program ${page.user.split('-')[0]}.`;

const onceMore = (page) => [el('b', {}, 'This cannot be undone.'), ` ${whose(page)}`];

/** Asks before a device's sessions, or one of them, end. */
export function askEnd(page, device, session) {
  const [label, name] = [labelOf(device), nameOf(device)];
  const ends = session ? 1 : device.sessions.length;
  const quiet = quietTick();
  const told = whoIsTold(page, device);
  const dialog = new Ask(page, {
    title: session ? `End this session on ${name}?` : `Sign out ${name}?`,
    will: [
      [el('b', {}, `${count(ends, 'session')} end${ends === 1 ? 's' : ''}`), ', on every node, as soon as it is stored.'],
      session ? ['Only the session of ', timeOf(session.startedAt, when(session.startedAt)), ' ends. Device sign-in stays as it is.']
        : ['Device sign-in is switched off there: ', el('b', {}, 'the PIN is needed'), '.'],
      told, onceMore(page),
    ],
    keep: 'Keep it signed in', act: session ? 'End this session' : `Sign out ${label}`, acting: 'Signing out…', ticks: [quiet.element],
    send: (common) => ask('/internal/sign-out/v1', {
      user: page.user, ...common, ...(quiet.input.checked ? { quiet: true } : {}),
      ...(session ? { scope: 'session', sessionId: session.sessionId } : { scope: 'device', device: device.device }),
    }),
    done: (answer) => page.done.begin({ name, label, ends, answer, isQuiet: quiet.input.checked, openedAt: Date.now() }),
  });
  dialog.what = `the sign-out of ${label}`;
  quiet.input.addEventListener('change', () => dialog.setWill(2, quiet.input.checked ? 'No other device is told.' : told));
}

/** Asks before everything of the user ends. */
export function askEverywhere(page) {
  const devices = page.standing.devices.filter((device) => device.sessions.length > 0);
  const ends = devices.reduce((sum, device) => sum + device.sessions.length, 0);
  const isNone = devices.length === 0;
  const quiet = quietTick();
  const lock = tick('ask-lock', 'Also lock sign-ins', 'Nobody signs in for this user until the lock is released.');
  const dialog = new Ask(page, {
    title: isNone ? 'Sign out this user everywhere?' : `Sign out ${count(devices.length, 'device')} of this user?`,
    will: [
      isNone ? 'No session that the log knows is alive.'
        : [el('b', {}, `${count(ends, 'session')} end${ends === 1 ? 's' : ''}`), `: ${devices.map(nameOf).join(', ')}.`],
      'Tokens that were issued until now, and whose sign-in nobody reported, are refused as well.',
      [`Device sign-in is switched off${isNone ? '' : ' there'}: `, el('b', {}, 'the PIN is needed'), '.'],
      isNone ? 'No device is signed in that could be told.' : 'Each of them is told that the bank signed it out.', onceMore(page),
    ],
    keep: isNone ? 'Change nothing' : 'Keep them signed in', act: 'Sign out everywhere', acting: 'Signing out…',
    ticks: isNone ? [lock.element] : [lock.element, quiet.element],
    send: (common) => ask('/internal/sign-out/v1', {
      user: page.user, scope: 'user', ...common, ...(quiet.input.checked ? { quiet: true } : {}),
      ...(lock.input.checked ? { lock: {} } : {}),
    }),
    done: (answer) => page.done.begin({
      name: 'Every device', label: 'Every device', ends, answer, isQuiet: quiet.input.checked, isLocked: lock.input.checked,
    }),
  });
  dialog.what = 'the sign-out';
  quiet.input.addEventListener('change', () => dialog.setWill(
    3, quiet.input.checked ? 'No other device is told.' : 'Each of them is told that the bank signed it out.'));
}

/** How long ago something was, in words. */
export const ago = (at) => `${lasting(Date.now() - Date.parse(at))} ago`;
