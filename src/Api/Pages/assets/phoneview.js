// A phone as it is seen: inside the glass what the person sees, above and below it what the developer sees. Elements stay what they are,
// so that the focus stays where it is.
import { el, say, setState, time, timeWithMs } from './dom.js';
import { inWords } from './measure.js';

const links = {
  listening: ['live', 'listening'],
  connecting: ['owed', 'connecting'],
  lost: ['bad', 'no service'],
  offline: ['owed', 'offline'],
};

const reasons = {
  'signed-out': 'Signed out here.',
  'device-signed-out': 'Device sign-in is off here. The next sign-in needs the PIN.',
  expired: 'The time of this session is over.',
  superseded: 'A newer session took its place.',
};

export class PhoneView {
  constructor(phone, nodes, actions) {
    this.phone = phone;
    const id = `phone-${phone.number}`;
    const button = (text, act) => el('button', { type: 'button', onclick: () => act(phone) }, text);
    this.state = el('span', { class: 'state is-ended' });
    this.big = el('p', { class: 'big' });
    this.reason = el('p', { class: 'small quiet' });
    this.note = el('div', { class: 'note', hidden: true });
    this.facts = el('p', { class: 'small quiet' });
    this.pin = button('Sign in with PIN', actions.signInWithPin);
    this.deviceButton = button('Sign in with device', actions.signInWithDevice);
    this.come = button('Come back online', actions.comeBack);
    this.out = button('Sign out', actions.signOut);
    this.outDevice = button('Sign out this device', actions.signOutDevice);
    this.link = el('span');
    this.last = el('span');
    this.cut = el('button', { type: 'button', class: 'plain', onclick: () => actions.cut(phone) }, 'Go offline');
    const push = el('div', { class: 'push' }, this.come, this.pin, this.deviceButton, this.out, this.outDevice);
    this.element = el(
      'article', { class: 'phone', 'aria-labelledby': id },
      el('div', { class: 'cap' }, el('h2', { id, class: 'small' }, `${phone.name} `, el('span', { class: 'tag' }, phone.label)), this.state),
      el('div', { class: 'glass' }, this.big, this.note, this.reason, this.facts, push),
      el('div', { class: 'foot' }, this.link, this.last, el('span', { class: 'menu' }, this.choice(nodes, actions), this.cut)));
    phone.addEventListener('change', () => this.show());
    this.show();
  }

  choice(nodes, actions) {
    if (nodes.length < 2) {
      return null;
    }
    const select = el('select', { onchange: () => actions.move(this.phone, select.value) });
    for (const node of nodes) {
      select.append(el('option', { value: node, selected: node === this.phone.node }, new URL(node).host));
    }
    return el('label', {}, 'connected to ', select);
  }

  show() {
    const { phone } = this;
    const isOffline = phone.link === 'offline';
    this.element.classList.toggle('off', !phone.isIn);
    setState(this.state, ...(!phone.isIn && !isOffline ? ['ended', 'signed out'] : links[phone.link] ?? ['ended', 'resting']));
    this.big.hidden = phone.isIn;
    say(this.big, phone.message === 'Signing in…' ? 'Signing in…' : 'You are signed out');
    say(this.reason, this.reasonWords());
    this.reason.hidden = this.reason.textContent === '';
    say(this.facts, phone.isIn ? `Signed in with ${phone.mode === 1 ? 'PIN' : 'device'}, ${time(phone.since)}` : '');
    this.facts.hidden = !phone.isIn;
    this.showNote(isOffline);
    this.showButtons(isOffline);
    say(this.link, this.linkWords());
    say(this.last, !phone.isIn && phone.ended?.version
      ? `Ended ${timeWithMs(phone.ended.at)}, event ${phone.ended.version}` : `Last event id ${phone.lastId || '–'}`);
  }

  reasonWords() {
    const { phone } = this;
    if (phone.message && phone.message !== 'Signing in…') {
      return phone.message;
    }
    return phone.isIn || !phone.ended ? '' : reasons[phone.ended.reason] ?? '';
  }

  showNote(isOffline) {
    const { phone } = this;
    const { notice } = phone;
    const kind = isOffline && phone.isIn ? 'offline' : phone.isIn && notice ? `${notice.version}/${notice.count}` : '';
    this.note.hidden = kind === '';
    if (kind === 'offline') {
      const owed = phone.owed ?? 0;
      this.fill(kind + owed, 'note warn', 'No network', owed === 0
        ? 'What happens meanwhile waits in the service.'
        : `${owed} notice${owed === 1 ? ' is' : 's are'} waiting in the service. It comes when the phone is back.`, '');
    } else if (kind !== '') {
      const after = notice.offline !== null ? `came after ${(notice.offline / 1000).toFixed(1)} s offline`
        : notice.told !== null ? `told after ${inWords(notice.told)}` : '';
      const again = notice.count > 1 ? ` (shown ${notice.count} times)` : '';
      this.fill(kind + after, 'note', `Your device ${notice.label} was signed out`, `${time(notice.at)}. Was it not you? Call your bank.`, after + again);
    }
  }

  fill(key, className, title, text, measured) {
    if (this.noteKey !== key) {
      this.noteKey = key;
      this.note.className = className;
      this.note.replaceChildren(el('b', {}, title), el('span', {}, text), ...(measured ? [el('span', { class: 'ok' }, measured)] : []));
    }
  }

  showButtons(isOffline) {
    const { phone } = this;
    const busy = phone.message === 'Signing in…';
    this.pin.hidden = phone.isIn || isOffline;
    this.deviceButton.hidden = this.pin.hidden;
    this.pin.disabled = busy;
    this.deviceButton.disabled = busy || !phone.deviceSignIn;
    this.come.hidden = !isOffline;
    this.out.hidden = this.outDevice.hidden = !phone.isIn;
    this.out.disabled = this.outDevice.disabled = phone.kept !== null;
    this.cut.hidden = isOffline;
    this.pin.className = 'primary';
    this.come.className = 'primary';
    this.outDevice.className = isOffline ? '' : 'primary';
  }

  linkWords() {
    const { phone } = this;
    if (phone.link === 'offline') {
      return phone.kept === null ? 'Stream cut by you' : 'A sign-out waits for the network';
    }
    if (!phone.isIn) {
      return phone.ended ? 'Stream closed by the service' : 'No stream';
    }
    if (phone.link === 'lost') {
      return 'No service, trying again';
    }
    if (phone.link === 'off') {
      return 'No stream: another tab has it';
    }
    return phone.notice === null ? 'Stream open' : phone.notice.confirmed ? 'Shown and confirmed ✓' : 'Shown, not confirmed';
  }
}
