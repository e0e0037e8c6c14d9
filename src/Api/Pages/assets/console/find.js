// Finding a user by what the caller can say. Nothing that is typed is kept, and nothing of it reaches an address.
import { el, say } from '/assets/dom.js';
import { ask, sentence } from '/assets/console/calls.js';
import { announce, count } from '/assets/console/words.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const isLabelOnly = 'Four digits are a device’s label. Search by account, and look for it there.';
const searchingAfterMs = 300;

/** What a text is taken for, and what to say about it. */
export function kindOf(text) {
  if (text === '') {
    return { say: '' };
  }
  if (/^\d{1,20}$/.test(text)) {
    return { field: 'account', say: 'An account.' };
  }
  if (uuid.test(text)) {
    return { field: 'sessionId', say: 'A session id.' };
  }
  if (text.includes(':')) {
    return { field: 'deviceId', say: 'A device id.' };
  }
  return { say: /^[0-9a-f]{4}$/i.test(text) ? isLabelOnly : 'Not an account, session id or device id.' };
}

/** The form, with its results below it. */
export function findForm(person) {
  const program = el('select', { id: 'find-program' }, ...person.programs.map((id) => el('option', {}, String(id))));
  const field = el('input', {
    id: 'find-field', type: 'text', autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none', placeholder: 'Press / to get here',
    'aria-describedby': 'find-hint', maxlength: '200',
  });
  const hint = el('p', { id: 'find-hint', class: 'small quiet hint' });
  const results = el('div', { class: 'results' });
  const hasChoice = person.programs.length > 1;
  const form = el(
    'form', { class: hasChoice ? 'find' : 'find single', role: 'search', 'aria-label': 'Users', novalidate: true },
    hasChoice ? el('label', { class: 'prog', for: 'find-program' }, 'Program', program) : null,
    el('label', { for: 'find-field' }, 'Account, session id or device id', field), el('button', { class: 'primary' }, 'Find'), hint);
  field.addEventListener('input', () => say(hint, kindOf(field.value.trim()).say));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const search = new Search(person, field, hint, results, hasChoice ? Number(program.value) : person.programs[0]);
    search.run();
  });
  return { element: el('div', { class: 'finder' }, form, results), field };
}

class Search {
  constructor(person, field, hint, results, program) {
    Object.assign(this, { person, field, hint, results, program, text: field.value.trim() });
    this.kind = kindOf(this.text);
  }

  async run() {
    if (!this.kind.field) {
      say(this.hint, this.text === '' ? 'Type an account, a session id or a device id.' : this.kind.say);
      this.field.focus();
      return;
    }
    this.results.replaceChildren();
    const slow = setTimeout(() => this.tell('Searching…'), searchingAfterMs);
    try {
      const isAccount = this.kind.field === 'account';
      this.show(await ask('/internal/search/v1', { ...(isAccount ? { program: this.program } : {}), [this.kind.field]: this.text }));
    } catch (error) {
      this.fail(error);
    } finally {
      clearTimeout(slow);
    }
  }

  show({ users, more }) {
    if (users.length === 0) {
      this.tell(this.nothing());
      return;
    }
    this.field.value = '';
    say(this.hint, '');
    if (users.length === 1) {
      location.assign(`/console/users/${users[0].user}`);
      return;
    }
    const device = users.every((user) => user.matched === 'device');
    const text = `${device ? 'This device was used by' : 'Found:'} ${more ? 'more than ' : ''}${count(users.length, 'user')}.`;
    this.results.replaceChildren(el('section', { class: 'panel', 'aria-labelledby': 'found' },
      el('header', {}, el('h2', { id: 'found' }, text)),
      el('ul', { class: 'found' }, ...users.map((user) => el('li', {}, el('a', { href: `/console/users/${user.user}` },
        `Account ending ${user.ending} · program ${user.program}${user.label ? ` · device ${user.label}` : ''}`))))));
    announce(text);
    this.results.querySelector('a').focus();
  }

  nothing() {
    const [what, several] = [this.kind.field, this.person.programs.length > 1];
    if (what === 'account') {
      const label = /^\d{4}$/.test(this.text) ? ` ${isLabelOnly}` : '';
      return `Nobody found. The log has no event for this account in program ${this.program}.${several ? ' Another program?' : ''}${label}`;
    }
    return `Nobody found. The log has no event for this ${what === 'deviceId' ? 'device' : 'session'} in any program of your key.`;
  }

  tell(text) {
    this.results.replaceChildren(el('p', { class: 'panel message' }, text));
    announce(text);
  }

  fail(error) {
    if (error.status === 400) {
      say(this.hint, sentence(error));
      this.field.focus();
    } else if (error.status !== 401) {
      const again = el('button', { type: 'button', onclick: () => this.run() }, 'Try again');
      const text = error.status === undefined || error.status === 503
        ? 'The search did not answer. Nothing was changed.' : sentence(error, 'Nothing was changed.');
      this.results.replaceChildren(el('div', { class: 'panel message', role: 'status' }, el('p', {}, text), again));
    }
  }
}

const examples = [
  ['100', 'an account: what the caller can say; it needs the program'],
  ['0e9b7a54-32c1-4f60-8d7e-aabbccddeeff', 'a session id (LOGIN_HISTORY_ID): from a log line of another system'],
  ['tdid:zoqDZXDF59W…:7971', 'a device id: finds every user of that device, in all programs of your key'],
];

/** The page /console. */
export function show(main, person) {
  const { element, field } = findForm(person);
  main.replaceChildren(
    el('h1', { class: 'hide' }, 'Find a user'), element,
    el('section', { class: 'panel examples', 'aria-labelledby': 'examples' },
      el('header', {}, el('h2', { id: 'examples' }, 'What to search by')),
      el('dl', {}, ...examples.map(([text, what]) => el('div', {}, el('dt', { class: 'mono' }, text), el('dd', {}, what))))));
  field.focus();
}
