// Locking sign-ins of a user or on a device, and releasing locks.
import { el } from '/assets/dom.js';
import { Ask } from '/assets/console/ask.js';
import { ask } from '/assets/console/calls.js';
import { day, clock } from '/assets/console/times.js';
import { announce, nameOf, reasonLabel } from '/assets/console/words.js';

const spans = [['1 hour', 1], ['24 hours', 24], ['7 days', 168], ['Until released', 0]];
const hourMs = 60 * 60 * 1000;

/** A lock in a sentence. */
export function lockText(lock, page) {
  const device = lock.device ? page.names.all.get(lock.device) : null;
  const where = device ? ` on ${nameOf(device)}` : lock.device ? ' on a device' : '';
  const until = lock.until ? `until ${day(lock.until)} ${clock(lock.until)}` : 'until it is released';
  const by = lock.actor ?? lock.key ?? lock.by;
  const why = lock.reason ? ` (${reasonLabel(lock.reason).toLowerCase()})` : '';
  const sentence = lock.sentence ? page.person.sentences.find((one) => one.code === lock.sentence)?.text ?? lock.sentence : null;
  return `Sign-ins${where} are locked ${until}${by ? ` by ${by}` : ''}${why}.${sentence ? ` The person reads: ${sentence}` : ''}`;
}

/** How long a lock holds, to be chosen. */
export function spanField() {
  const until = el('select', { id: 'ask-until' }, ...spans.map(([name, hours]) => el('option', { value: String(hours) }, name)));
  until.value = '24';
  return until;
}

/** The chosen span as a member of a lock; none until it is released. */
export const untilOf = (field) =>
  field.value === '0' ? {} : { until: new Date(Date.now() + Number(field.value) * hourMs).toISOString() };

export function askLock(page, device) {
  const until = spanField();
  const { sentences } = page.person;
  const sentence = el('select', { id: 'ask-sentence' }, el('option', { value: '' }, 'No sentence'),
    ...sentences.map((one) => el('option', { value: one.code }, one.text)));
  const name = device ? nameOf(device) : null;
  const dialog = new Ask(page, {
    title: name ? `Lock sign-ins on ${name}?` : 'Lock sign-ins of this user?',
    will: [
      `Nobody signs in ${name ? 'there' : 'for this user'}, with the PIN or the device, until then or until it is released.`,
      'Sessions that live go on: sign them out as well where they should not.', 'It can be released at any time, here.',
    ],
    keep: 'Do not lock', act: name ? 'Lock this device' : 'Lock sign-ins', acting: 'Locking…',
    fields: [
      el('label', { for: 'ask-until' }, 'Until', until),
      sentences.length > 0 ? el('label', { for: 'ask-sentence' }, 'The person reads', sentence) : null,
    ].filter(Boolean),
    send: (common) => ask('/internal/lock/v1', {
      user: page.user, ...common, ...(device ? { device: device.device } : {}), ...(sentence.value ? { sentence: sentence.value } : {}),
      ...untilOf(until),
    }),
    done: (answer) => changed(page, answer, 'Sign-ins are locked.', 'They were locked before.'),
  });
  dialog.what = 'the lock';
}

export function askRelease(page, lock) {
  const dialog = new Ask(page, {
    title: 'Release the lock?', will: [lockText(lock, page), 'From then on the person can sign in again.'],
    keep: 'Keep the lock', act: 'Release the lock', acting: 'Releasing…',
    send: (common) => ask('/internal/release/v1', { user: page.user, ...common, ...(lock.device ? { device: lock.device } : {}) }),
    done: (answer) => changed(page, answer, 'The lock is released.', 'It had ended before.'),
  });
  dialog.what = 'the release';
}

async function changed(page, answer, yes, no) {
  await page.refreshNow();
  announce(answer.changed ? yes : no);
  page.title.focus();
}
