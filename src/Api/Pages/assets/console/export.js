// Everything that the log has of the person, as a file.
import { el, say } from '/assets/dom.js';
import { askText, sentence } from '/assets/console/calls.js';

export function showExport(page) {
  const message = el('p', { role: 'status' });
  const button = (format, name) => el('button', { type: 'button', onclick: () => save(page, format, message) }, name);
  const close = el('button', { type: 'button' }, 'Close');
  const dialog = el(
    'dialog', { class: 'ask', 'aria-labelledby': 'export-head' }, el('h2', { id: 'export-head' }, 'Export everything of this user'),
    el('p', {}, 'Every event in words and as it is stored. JSON says how it is checked elsewhere. The export is recorded with your name.'),
    message, el('div', { class: 'acts' }, close, button('csv', 'CSV'), button('json', 'JSON')));
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

async function save(page, format, message) {
  say(message, 'Reading…');
  try {
    const text = await askText('/internal/export/v1', { user: page.user, format });
    const address = URL.createObjectURL(new Blob([text], { type: format === 'csv' ? 'text/csv' : 'application/json' }));
    const link = el('a', { href: address, download: `user-${page.user}.${format}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
    say(message, 'Saved.');
  } catch (error) {
    say(message, sentence(error, 'Nothing was saved.'));
  }
}
