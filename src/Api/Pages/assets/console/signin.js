// Signing in to the console: three fields, in place of whatever the address shows.
import { el, say } from '/assets/dom.js';
import { NoAnswer, Refused, signIn } from '/assets/console/calls.js';

function field(id, label, properties) {
  const plain = { required: true, autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none' };
  const input = el('input', { id, name: id, ...plain, ...properties });
  return { input, label: el('label', { for: id }, label, input) };
}

/** Shows the form; calls back with the person who has signed in. */
export function showSignIn(main, note, then) {
  document.title = 'Sign in · Sessions console';
  const [name, key, actor] = [
    field('key-name', 'Key name', {}),
    field('key', 'Key', { type: 'password' }),
    field('actor', 'Your name or staff number', { pattern: '[A-Za-z0-9._\\-]{2,32}', maxlength: '32' }),
  ];
  const message = el('p', { class: 'bad', role: 'alert' });
  const button = el('button', { class: 'primary' }, 'Sign in');
  const form = el(
    'form', { class: 'panel signin', novalidate: true, 'aria-labelledby': 'signin-head' },
    el('h1', { id: 'signin-head' }, 'Sign in'), note ? el('p', { role: 'status' }, note) : null,
    name.label, key.label, actor.label, message, button,
    el('p', { class: 'small quiet' }, 'Everything you open here is recorded with your name.'));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.setAttribute('aria-busy', 'true');
    say(message, '');
    try {
      const person = await signIn(name.input.value, key.input.value, actor.input.value);
      key.input.value = '';
      then(person);
    } catch (error) {
      say(message, textOf(error));
      (actor.input.value ? key.input : actor.input).focus();
    } finally {
      button.removeAttribute('aria-busy');
    }
  });
  main.replaceChildren(form);
  name.input.focus();
}

function textOf(error) {
  if (error instanceof NoAnswer) {
    return 'The service did not answer. Try again.';
  }
  if (!(error instanceof Refused)) {
    throw error;
  }
  return error.status === 503 ? 'The service cannot answer now. Try again.' : error.message;
}
