// Words that pages share: reasons, states, and what devices are called.
import { el } from '/assets/dom.js';

const reasons = {
  'phone-lost': 'Phone lost', 'phone-stolen': 'Phone stolen', 'fraud-suspected': 'Fraud suspected',
  'account-takeover': 'Account taken over',
  'customer-asked': 'Customer asked', 'staff-error': 'Correction', incident: 'Incident', test: 'Test',
};

const order = Object.keys(reasons);

/** A reason as it is read; a bank's own codes are words with hyphens. */
export const reasonLabel = (code) => reasons[code] ?? (code[0].toUpperCase() + code.slice(1)).replaceAll('-', ' ');

/** The reasons that may be chosen: the service's own in their order, then the bank's. */
export const sortedReasons = (codes) => [...codes].sort((a, b) =>
  (order.indexOf(a) + 1 || order.length + 1) - (order.indexOf(b) + 1 || order.length + 1) || a.localeCompare(b));

export const count = (number, one, many = `${one}s`) => `${number.toLocaleString('en-GB')} ${number === 1 ? one : many}`;

export const state = (kind, word) => el('span', { class: `state is-${kind}` }, word);

export const tag = (text) => el('span', { class: 'tag' }, text);

/** The devices of a user, by what the log calls them. */
export class Devices {
  constructor(devices = []) {
    this.all = new Map(devices.map((device) => [device.device, device]));
  }

  /** What the only device of a label is called; null for none and for several. */
  byLabel(label) {
    const those = [...this.all.values()].filter((device) => device.label === label);
    return those.length === 1 ? nameOf(those[0]) : null;
  }

  /** The device of an event's text: the hash, a colon and the label. */
  name(text) {
    const [hash, label] = text.split(':');
    const known = this.all.get(hash);
    return known ? nameOf(known) : `Device ${label ?? hash.slice(0, 4)}`;
  }
}

// The label, with more digits where two devices have the same one.
const ownLabel = (device) => /[0-9a-f]{4}(·[0-9a-f]{4})?(?=\)?$)/.exec(device.shownAs ?? device.label)?.[0] ?? device.label;

/** iPhone 15 (a1b2); Device a1b2 where it has no name. */
export const nameOf = (device) => device.shownAs ?? `Device ${device.label}`;

export const labelOf = ownLabel;

/** The same as elements, with the label set apart. */
export const namedDevice = (device) => [device.name || 'Device', ' ', tag(ownLabel(device))];

/** Says something once to a screen reader. */
export function announce(text) {
  const said = document.getElementById('said');
  said.textContent = '';
  said.textContent = text;
}
