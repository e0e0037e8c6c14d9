// Small helpers for elements. Nothing here or elsewhere writes HTML from text.

/** Makes an element: el('p', { class: 'small' }, 'text', child). A property that begins with "on" is a listener. */
export function el(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith('on')) {
      element.addEventListener(key.slice(2), value);
    } else if (value === true) {
      element.setAttribute(key, '');
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(key, value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** The same for SVG. */
export function svg(name, attributes, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/** Changes a text only where it is another one, so that a screen reader is not disturbed. */
export function say(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

export const byId = (id) => document.getElementById(id);

/** A state: a word, and a shape in the colour of its kind (live, owed, ended, bad). */
export function setState(element, kind, word) {
  element.className = `state is-${kind}`;
  say(element, word);
}

export const time = (date) => new Date(date).toLocaleTimeString('en-GB', { hour12: false });

export function timeWithMs(date) {
  const at = new Date(date);
  return `${time(at)}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Resolves when what stands in the document now has been painted. While the page is hidden, nothing is. */
export const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
