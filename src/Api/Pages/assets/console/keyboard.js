// Single keys, outside fields only, and a list of them. They can be switched off.
import { el } from '/assets/dom.js';

const key = 'console.keys';

const list = [
  ['/', 'to the search field'], ['n', 'show what is new'], ['?', 'this list'], ['Esc', 'close'], ['Tab, Enter', 'everything else'],
];

const isOn = () => localStorage.getItem(key) !== 'off';

function showList() {
  const tick = el('input', { type: 'checkbox', id: 'keys-on', checked: isOn() });
  tick.addEventListener('change', () => tick.checked ? localStorage.removeItem(key) : localStorage.setItem(key, 'off'));
  const close = el('button', { type: 'button' }, 'Close');
  const dialog = el(
    'dialog', { class: 'ask', 'aria-labelledby': 'keys-head' }, el('h2', { id: 'keys-head' }, 'Keys'),
    el('dl', { class: 'keys' }, ...list.map(([name, what]) => el('div', {}, el('dt', {}, el('kbd', {}, name)), el('dd', {}, what)))),
    el('label', { class: 'tick' }, tick, el('span', {}, 'Use the keys / and n')), el('div', { class: 'acts' }, close));
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

export function listenToKeys() {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, select, textarea, dialog')) {
      return;
    }
    if (event.key === '?') {
      event.preventDefault();
      showList();
    } else if (isOn() && event.key === '/') {
      event.preventDefault();
      document.getElementById('find-field')?.focus();
    } else if (isOn() && event.key === 'n') {
      document.querySelector('.newer:not([hidden]) button')?.click();
    }
  });
}
