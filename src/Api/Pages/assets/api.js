// The calls of the page: the app's own API, and the simulator's in place of the bank. Tokens are arguments and stay in variables.
const settings = document.body.dataset;
const json = { 'Content-Type': 'application/json' };

/** What the service answered. */
export class Answer {
  constructor(request, response, text) {
    this.request = request;
    this.status = response.status;
    this.text = text;
    this.refusal = response.headers.get('X-Refusal-Code');
  }

  get json() {
    return JSON.parse(this.text);
  }
}

/** Nobody answered: the service is not there, the request was broken off, or the answer did not come. */
export class NoAnswer extends Error {}

/** Sends a request. `answered` is called in the moment in which the answer's head is there. */
export async function send(request, { signal, answered } = {}) {
  let response;
  try {
    response = await fetch(request.node + request.path, {
      method: request.method, headers: request.headers, body: request.body, signal, cache: 'no-store', credentials: 'omit',
    });
    answered?.(response.status);
    return new Answer(request, response, await response.text());
  } catch (e) {
    throw new NoAnswer(e.message);
  }
}

const post = (node, path, headers, body) => ({ node, path, method: 'POST', headers, body });
const key = { 'X-API-KEY': settings.apiKey };
const tokens = (login) => ({ ...key, 'X-API-TOKEN': login });

export const appToken = (node, account) =>
  post(node, '/token-service/new/v2/token', { ...key, 'X-ACCOUNT-NUMBER': account });

export const login = (node, account, app, device, mode) => post(
  node, '/onboarding/user/login/v1', { ...json, ...tokens(app), 'X-ACCOUNT-NUMBER': account },
  JSON.stringify({ keyRef: '', pin: mode === 1 ? '1111' : '', signInMode: mode, token: app, authType: '1', deviceId: device }));

export const logout = (node, login, app, device, mode) => post(
  node, '/onboarding/user/logout/v1', { ...json, ...tokens(login) },
  JSON.stringify({ signOutMode: mode, deviceId: device, token: app }));

export const sessions = (node, login) => ({ node, path: '/onboarding/user/sessions/v1', method: 'GET', headers: tokens(login) });

export const ticket = (node, login) => post(node, '/onboarding/user/notices/ticket/v1', tokens(login));

export const acknowledge = (node, login, version) =>
  post(node, '/onboarding/user/notices/ack/v1', { ...json, ...tokens(login) }, JSON.stringify({ version }));

export const notices = (node, login) => ({ node, path: '/onboarding/user/notices/v1', method: 'GET', headers: tokens(login) });

export const timeline = (account) => post(
  '', '/simulator/timeline/v1', json, JSON.stringify({ program: Number(settings.program), account }));

export const streamAddress = (node, ticket, after) =>
  `${node}/onboarding/user/notices/v1?ticket=${encodeURIComponent(ticket)}&after=${after}`;

/** Reads a stream of notices, with headers and not with a ticket, until it says that everything old has been sent; the ids. */
export async function owedNow(node, login) {
  const end = new AbortController();
  try {
    const request = notices(node, login);
    const response = await fetch(request.node + request.path, { headers: request.headers, signal: end.signal, cache: 'no-store' });
    if (response.status !== 200) {
      return [];
    }
    let text = '';
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    while (!text.includes('\n: live') && !text.includes('event: session-ended')) {
      const { value, done } = await reader.read();
      if (done) {
        break;
      }
      text += value;
    }
    return [...text.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]));
  } finally {
    end.abort();
  }
}
