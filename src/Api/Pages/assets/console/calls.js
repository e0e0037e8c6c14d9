// The calls of the console: the API as it is for everybody, with the cookie in place of a key. Nothing is kept in the browser.

const json = { 'Content-Type': 'application/json' };

/** The service refused. */
export class Refused extends Error {
  constructor(response, text) {
    super(text);
    this.status = response.status;
    this.requestId = response.headers.get('X-Request-Id');
    this.seconds = Number(response.headers.get('Retry-After') ?? 0);
  }
}

/** No answer came: nobody knows whether the service did it. */
export class NoAnswer extends Error {
}

const listeners = { used: () => {}, ended: () => {} };

/** Who wants to know that a person used the console, and that its session has ended. */
export function listen(used, ended) {
  listeners.used = used;
  listeners.ended = ended;
}

async function send(method, path, body, { isRefresh = false, signal } = {}) {
  const headers = { 'X-Console': isRefresh ? 'refresh' : '1', ...(body === undefined ? {} : json) };
  let response;
  let text;
  try {
    const content = body === undefined ? undefined : JSON.stringify(body);
    response = await fetch(path, { method, headers, body: content, signal, cache: 'no-store' });
    text = await response.text();
  } catch (error) {
    throw signal?.aborted ? error : new NoAnswer('The service did not answer.');
  }
  if (response.ok) {
    if (!isRefresh) {
      listeners.used();
    }
    return text;
  }
  const refused = new Refused(response, sentenceOf(text));
  if (refused.status === 401 && path !== '/console/session') {
    listeners.ended('Your session of the console has ended. Sign in again.');
  }
  throw refused;
}

function sentenceOf(text) {
  try {
    return JSON.parse(text).resDesc ?? '';
  } catch {
    return '';
  }
}

const parsed = (text) => text === '' ? null : JSON.parse(text);

export const ask = async (path, body, options) => parsed(await send('POST', path, body, options));

/** The same, with the answer's text to the byte. */
export const askText = (path, body, options) => send('POST', path, body, options);

export const read = async (path, options) => parsed(await send('GET', path, undefined, options));

/** Null for nobody. Opening a page is a use; a page that asks by itself says that it does. */
export const whoIsSignedIn = (options) => read('/console/session', options);

export const signIn = (name, key, actor) => ask('/console/session', { name, key, actor });

export const leave = () => send('DELETE', '/console/session');

/** What a 503 to somebody who has a cookie means, and what still works. */
export const logAway = 'this node cannot ask its log who is signed in. Sign-outs fail here as well, and nothing acknowledged is lost. '
  + 'With a key: curl -H "Authorization: Bearer …" on /internal/status/v1 of this listener.';

/** What to say about a call that failed. */
export function sentence(error, nothing = 'Nothing was changed by you.') {
  if (error instanceof NoAnswer) {
    return `The service did not answer. ${nothing}`;
  }
  if (!(error instanceof Refused)) {
    throw error;
  }
  switch (error.status) {
    case 503: return `The service cannot answer now. ${nothing}${error.requestId ? ` Request ${error.requestId}.` : ''}`;
    case 429: return `Too many requests. Try again in ${error.seconds} seconds.`;
    default: return error.message;
  }
}
