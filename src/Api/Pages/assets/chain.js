// Recomputes the hash chain of a person's events in this page: SHA-256 over the predecessor's hash (32 bytes), the version (8), the
// command (16), the ordinal (4), the stream's name, a zero byte, the event's name, a zero byte, and the stored text (docs/architecture.md).
const utf8 = new TextEncoder();

export const zeros = '0'.repeat(64);

/** Whether this page may hash at all: browsers offer it to secure origins, of which localhost is one. */
export const canHash = () => globalThis.crypto?.subtle !== undefined;

function bytesOf(hex) {
  return Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
}

function hexOf(buffer) {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function next(before, stream, event) {
  const texts = utf8.encode(`${stream}\0${event.name}\0${event.content}`);
  const bytes = new Uint8Array(60 + texts.length);
  const view = new DataView(bytes.buffer);
  bytes.set(bytesOf(before), 0);
  view.setBigUint64(32, BigInt(event.version));
  bytes.set(bytesOf(event.command.replaceAll('-', '')), 40);
  view.setUint32(56, event.ordinal);
  bytes.set(texts, 60);
  return hexOf(await crypto.subtle.digest('SHA-256', bytes));
}

/** Recomputes all links; the number of those that hold, from the first on. One that breaks, breaks all that follow. `before` is the hash
 * of the event before the first one. */
export async function countLinks(stream, events, before = zeros) {
  let hash = before;
  for (const [index, event] of events.entries()) {
    hash = await next(hash, stream, event);
    if (hash !== event.hash) {
      return index;
    }
  }
  return events.length;
}

/** The stored texts of a timeline's events, to the byte: what a parser makes of them could be written in another way. */
export function contentsOf(text) {
  const contents = [];
  let at = text.indexOf('"events":[');
  while ((at = text.indexOf('"data":{', at)) >= 0) {
    const from = at + '"data":'.length;
    at = endOfObject(text, from);
    contents.push(text.slice(from, at));
  }
  return contents;
}

function endOfObject(text, from) {
  let depth = 0;
  let inString = false;
  for (let i = from; i < text.length; i++) {
    const letter = text[i];
    if (inString) {
      i += letter === '\\' ? 1 : 0;
      inString = letter !== '"';
    } else if (letter === '"') {
      inString = true;
    } else if (letter === '{') {
      depth++;
    } else if (letter === '}' && --depth === 0) {
      return i + 1;
    }
  }
  throw new Error('The answer is not whole.');
}
