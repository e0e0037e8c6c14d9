// The details line of an event, by its stored name. A name that this page does not know has none, and is shown all the same.
import { day, clock, duration } from '/assets/console/times.js';
import { count, reasonLabel } from '/assets/console/words.js';

const kinds = {
  'session-started.v1': 'in', 'session-signed-out.v1': 'out', 'device-signed-out.v1': 'out', 'signed-out-on-behalf.v1': 'bank',
  'sign-in-locked.v1': 'bank', 'sign-in-released.v1': 'bank',
};

/** The kind of an event for its circle: in, out, bank or none. */
export const kindOf = (event) => kinds[event.name] ?? '';

const until = (at) => `${day(at)} ${clock(at)}`;

function causeOf(cause) {
  if (!cause) {
    return [];
  }
  const by = [cause.actor ? `by ${cause.actor}` : null, cause.key ? `${cause.actor ? '' : 'by '}key ${cause.key}` : null].filter(Boolean);
  return [
    cause.reason ? `Reason: ${reasonLabel(cause.reason).toLowerCase()}` : null, by.join(', ') || null,
    cause.ticket ? `Ticket ${cause.ticket}` : null,
  ];
}

function ended(number) {
  return number === 0 ? 'No session was left' : `${count(number, 'session')} ended`;
}

const lines = {
  'session-started.v1': ({ origin, since, tokenExpiresAt, endsAt, idleSeconds }) => [
    origin === 'adopted' ? `It signed in at ${clock(since)}; nobody had reported it` : 'Reported by the login service',
    tokenExpiresAt ? `Ends by ${until(endsAt && endsAt < tokenExpiresAt ? endsAt : tokenExpiresAt)}` : null,
    idleSeconds ? `Idle limit ${duration(idleSeconds * 1000)}` : null,
  ],
  'session-renewed.v1': ({ tokenExpiresAt }) => [`Ends by ${until(tokenExpiresAt)}`],
  'session-signed-out.v1': () => ['By the app, with the PIN', 'Other devices are not told about this'],
  'device-signed-out.v1': ({ sessions }) => ['Device sign-out', ended(sessions.length), 'Device sign-in is off there'],
  'session-expired.v1': ({ limit }) => [{ token: 'Login token expired', idle: 'Not used', absolute: 'Longest time reached' }[limit]],
  'session-superseded.v1': ({ why }) => [
    why === 'same-device' ? 'The person signed in again on the same device' : 'As many sessions as the program allows',
  ],
  'notice-acknowledged.v1': ({ upTo }) => [`About events up to ${upTo}`],
  'signed-out-on-behalf.v1': ({ cause, sessions, signInOff, quiet }) => [
    ...causeOf(cause), ended(sessions.length), signInOff?.length ? 'Device sign-in is off there' : null,
    quiet ? 'No other device was told, on purpose' : null,
  ],
  'sign-in-locked.v1': (data) => [...causeOf(data.cause), data.until ? `Until ${until(data.until)}, or released` : 'Until it is released'],
  'sign-in-released.v1': ({ cause }) => causeOf(cause),
  'device-described.v1': ({ description }) => [
    description?.model, description?.appVersion ? `App ${description.appVersion}` : null,
  ],
};

/** What stands below an event's sentence: short texts. */
export const detailsOf = (event) => (lines[event.name]?.(event.data) ?? []).filter(Boolean);

/** Whether the page knows the event; else its content is shown folded. */
export const isKnown = (event) => event.words !== event.name;
