// Locking sign-ins with one version of a program's app, and releasing such a lock.
import { el } from '/assets/dom.js';
import { Ask } from '/assets/console/ask.js';
import { ask, read } from '/assets/console/calls.js';
import { spanField, untilOf } from '/assets/console/lock.js';
import { timeOf, when } from '/assets/console/times.js';
import { announce, reasonLabel } from '/assets/console/words.js';

const text = { type: 'text', maxlength: '64', autocomplete: 'off', spellcheck: 'false' };

function fieldsOf({ programs, sentences }, isRelease) {
  const program = el('select', { id: 'ask-program' }, ...programs.map((id) => el('option', { value: String(id) }, String(id))));
  const version = el('input', { id: 'ask-version', ...text });
  const [until, sentence] = [spanField(), el('select', { id: 'ask-sentence' }, el('option', { value: '' }, 'No sentence'),
    ...sentences.map((one) => el('option', { value: one.code }, one.text)))];
  const elements = [
    el('label', { for: 'ask-program' }, 'Program', program), el('label', { for: 'ask-version' }, 'Version of the app', version),
    isRelease ? null : el('label', { for: 'ask-until' }, 'Until', until),
    isRelease || sentences.length === 0 ? null : el('label', { for: 'ask-sentence' }, 'The person reads', sentence),
  ].filter(Boolean);
  const body = () => ({
    program: Number(program.value), appVersion: version.value.trim(), ...(isRelease ? {} : untilOf(until)),
    ...(!isRelease && sentence.value ? { sentence: sentence.value } : {}),
  });
  return { elements, body };
}

function askVersion(page, { isRelease, path, yes, no, ...words }) {
  const { elements, body } = fieldsOf(page.person, isRelease);
  const dialog = new Ask(page, {
    ...words, fields: elements, send: (common) => ask(path, { ...body(), ...common }),
    done: (answer) => {
      page.done.textContent = answer.changed ? yes(body()) : no;
      announce(page.done.textContent);
      showLocks(page).catch(() => {}); // it is locked or released, as said; the next look at the page lists it
    },
  });
  dialog.what = isRelease ? 'the release' : 'the lock';
}

const askLock = (page) => askVersion(page, {
  isRelease: false, path: '/internal/lock/v1', title: 'Lock sign-ins with a version of the app?',
  will: [
    'Nobody of the program signs in with this version, on any node, until then or until it is released.',
    'Sessions that live go on: an incident ends them.',
    'It can be released at any time, here.',
  ],
  keep: 'Do not lock', act: 'Lock this version', acting: 'Locking…',
  yes: ({ program, appVersion }) => `Sign-ins with version ${appVersion} of the app of program ${program} are locked.`,
  no: 'They were locked like this before.',
});

const askRelease = (page) => askVersion(page, {
  isRelease: true, path: '/internal/release/v1', title: 'Release a version of the app?',
  will: ['From then on people sign in with this version again.'],
  keep: 'Keep the lock', act: 'Release this version', acting: 'Releasing…',
  yes: ({ program, appVersion }) => `Version ${appVersion} of the app of program ${program} is released.`, no: 'This version was not locked.',
});

const textOf = ({ program, appVersion, until, reason, actor, key }) => el('li', {},
  `Version ${appVersion} of the app of program ${program} is locked by ${actor ?? key} until `,
  until ? timeOf(until, when(until)) : 'it is released', `: ${reasonLabel(reason)}.`);

async function showLocks(page) {
  const { locks } = await read('/internal/app-versions/v1');
  page.list.replaceChildren(...locks.map(textOf));
}

/** The buttons, and where they say what was done. `title` is what gets the focus where a button is gone. */
export function versionLocks(person, title) {
  const page = { person, title, done: el('p', { class: 'small', role: 'status' }), list: el('ul', { class: 'small' }) };
  const button = (name, act) => el('button', { type: 'button', class: 'plain', onclick: () => act(page) }, name);
  showLocks(page).catch(() => {}); // the page's own reading says what is wrong
  return el('div', {}, el('div', { class: 'acts' },
    button('Lock a version of the app', askLock), button('Release a version of the app', askRelease)), page.done, page.list);
}
