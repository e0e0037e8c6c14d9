// Who was owed a notice of a sign-out, and how each stands: only what the log knows.
import { duration, lasting } from '/assets/console/times.js';
import { state } from '/assets/console/words.js';

const hashOf = (device) => device.split(':')[0];

/** The devices that an event owed a notice. */
export const owedBy = (event) => event.data.owed ?? [];

/** The devices whose sessions an event ended. */
export function endedBy(event) {
  const { data, name } = event;
  if (name === 'signed-out-on-behalf.v1') {
    return [...new Set([...data.sessions.map((one) => one.device), ...(data.signInOff ?? [])].map(hashOf))];
  }
  const ends = ['device-signed-out.v1', 'session-signed-out.v1', 'session-expired.v1', 'session-superseded.v1'];
  return ends.includes(name) ? [hashOf(data.device)] : [];
}

/** A row for each device: shown, owed, woken or unreachable. */
export function ledgerOf(event, events, owed) {
  const at = Date.parse(event.data.at);
  const ended = endedBy(event);
  return owedBy(event).map((device) => {
    const hash = hashOf(device);
    const later = events.filter((other) => other.version > event.version && other.data.device && hashOf(other.data.device) === hash
      && other.data.upTo >= event.version);
    const shown = later.find((other) => other.name === 'notice-acknowledged.v1');
    const woken = later.find((other) => other.name === 'device-woken.v1');
    const row = { device, hash, event, isSelf: ended.includes(hash) };
    if (shown) {
      return { ...row, stands: 'shown', at: shown.data.at, after: Date.parse(shown.data.at) - at };
    }
    if (owed.some((notice) => notice.to === hash && notice.version === event.version)) {
      return { ...row, stands: 'owed', since: at, woken: woken?.data.at };
    }
    return { ...row, stands: 'unreachable' };
  });
}

/** The state of a row as a word, with how long. */
export function stateOf(row) {
  switch (row.stands) {
    case 'shown': return state('live', `shown after ${duration(row.after)}`);
    case 'owed': return state('owed', row.isSelf ? 'owed, at sign-in' : row.woken ? 'woken, not confirmed'
      : `owed for ${lasting(Date.now() - row.since)}`);
    default: return state('ended', 'unreachable: never confirmed');
  }
}
