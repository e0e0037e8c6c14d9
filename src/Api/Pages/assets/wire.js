// The last request and its answer, as they went over the wire. Tokens are cut to ten characters; a copied command names variables instead.
import { byId, say } from './dom.js';

const cut = (text) => text.replaceAll(/eyJ[\w.-]{20,}/g, (token) => `${token.slice(0, 10)}…`)
  .replaceAll(/tdid:([\w+/]{5})[\w+/]+([\w+/]{4}=*)/g, 'tdid:$1…$2');

let last = null;

/** Shows a request and what came back. */
export function showWire(answer) {
  last = answer.request;
  const { request } = answer;
  const headers = Object.entries(request.headers).filter(([name]) => name !== 'Content-Type').map(([name, value]) => `${name}: ${cut(value)}`);
  const body = request.body ? `\n\n${cut(request.body).replaceAll(',"', ',\n "')}` : '';
  say(byId('request'), `${request.method} ${request.path}\n${headers.join('\n')}${body}`);
  const code = answer.refusal ? ` · ${answer.refusal}` : '';
  say(byId('answer-facts'), `${answer.status} · ${new TextEncoder().encode(answer.text).length} bytes${code}`);
  say(byId('answer'), cut(answer.text));
  say(byId('copied'), '');
  byId('copy').disabled = false;
}

function asCurl({ method, node, path, headers, body }) {
  const isApp = (value) => body && JSON.parse(body).token === value;
  const quoted = (value) => `'${value}'`;
  const parts = [`curl -X ${method} ${quoted((node || location.origin) + path)}`];
  for (const [name, value] of Object.entries(headers)) {
    parts.push(name === 'X-API-TOKEN' ? `-H "X-API-TOKEN: ${isApp(value) ? '$APP' : '$LOGIN'}"` : `-H ${quoted(`${name}: ${value}`)}`);
  }
  if (body) {
    const fields = JSON.parse(body);
    const text = JSON.stringify('token' in fields ? { ...fields, token: '$APP' } : fields);
    parts.push(`-d ${quoted(text.replace('$APP', `'"$APP"'`))}`);
  }
  return parts.join(' \\\n  ');
}

/** The button "Copy as curl". */
export function setUpCopy() {
  const button = byId('copy');
  button.addEventListener('click', async () => {
    const text = asCurl(last);
    try {
      await navigator.clipboard.writeText(text);
      say(byId('copied'), 'Copied. $LOGIN and $APP are the tokens, as in the README.');
    } catch {
      say(byId('copied'), text); // the browser does not let this page write there: to be copied by hand
    }
  });
}
