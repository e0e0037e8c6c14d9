// A new incident: which sessions, why; then they are counted. Nothing ends here.
import { el, say } from '/assets/dom.js';
import { NoAnswer, sentence } from '/assets/console/calls.js';
import { filterOf, planIncident } from '/assets/console/incidentwords.js';
import { Preflight } from '/assets/console/preflight.js';
import { instantOf } from '/assets/console/times.js';
import { count, reasonLabel, sortedReasons } from '/assets/console/words.js';

const devicesMax = 100000;
const deviceLengthMax = 200;
const ticketPattern = /^[A-Z0-9-]{0,32}$/;

const choices = (options) => options.map(([value, text]) => el('option', { value }, text));

class Plan {
  constructor(main, person) {
    Object.assign(this, { person, devices: [], requestId: crypto.randomUUID(), fields: {} });
    this.check = new Preflight();
    this.words = el('p', { class: 'say', role: 'status' });
    this.button = el('button', { class: 'primary' }, 'Count');
    this.message = el('p', { class: 'bad', role: 'alert' });
    const form = el(
      'form', { class: 'panel step', 'aria-labelledby': 'what', novalidate: true }, el('header', {}, el('h2', { id: 'what' }, 'What')),
      el('div', { class: 'grid' }, ...this.filters(person), ...this.causes(person)), this.words,
      el('p', { class: 'small quiet' }, 'Counting ends nothing. Reason, ticket and your name stay in the log, even if it is never run.'),
      this.message, el('div', { class: 'acts' }, this.button));
    form.addEventListener('input', () => this.edited());
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.count();
    });
    main.replaceChildren(
      el('h1', {}, 'New incident'), form, this.check.element);
    this.edited();
  }

  field(name, label, input, note) {
    input.id = `plan-${name}`;
    const bad = el('span', { class: 'bad', id: `plan-${name}-bad` });
    const noteId = note ? `plan-${name}-note` : null;
    input.setAttribute('aria-describedby', [noteId, bad.id].filter(Boolean).join(' '));
    this.fields[name] = { input, bad };
    return el('div', { class: 'field' }, el('label', { for: input.id }, label), input,
      note ? el('span', { class: 'small quiet', id: noteId }, note) : null, bad);
  }

  filters(person) {
    const text = { autocomplete: 'off', spellcheck: 'false' };
    const program = el('select', {}, ...choices(person.programs.map((id) => [String(id), String(id)])));
    program.addEventListener('change', () => this.check.check(this.program()));
    this.check.check(person.programs[0]);
    const file = el('input', { type: 'file', accept: '.txt,.csv,text/plain' });
    file.addEventListener('change', () => this.readFile(file.files[0]));
    return [
      this.field('program', 'Program', program),
      this.field('before', 'Started before (optional)', el('input', { type: 'datetime-local', step: '1' })),
      this.field('version', 'Version of the app (optional)', el('input', { type: 'text', maxlength: '64', ...text })),
      this.field(
        'devices', 'Device ids from a file (optional)', file, 'One a line, at most 100,000: ids, or their hashes of 32 hex digits.'),
    ];
  }

  causes(person) {
    const reasons = sortedReasons(person.reasons).map((code) => [code, reasonLabel(code)]);
    const reason = el('select', {}, ...choices([['', 'Choose…'], ...reasons]));
    const sentences = person.sentences.map((one) => [one.code, one.text]);
    return [
      this.field('reason', 'Reason', reason),
      this.field('ticket', 'Ticket (optional)', el('input', { type: 'text', maxlength: '32', autocomplete: 'off', spellcheck: 'false' })),
      ...(sentences.length === 0 ? [] : [
        this.field('sentence', 'The person reads', el('select', {}, ...choices([['', 'No sentence'], ...sentences])))]),
    ];
  }

  value(name) {
    return this.fields[name]?.input.value.trim() ?? '';
  }

  program() {
    return Number(this.value('program'));
  }

  async readFile(file) {
    const lines = file ? (await file.text()).split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '') : [];
    this.devices = [...new Set(lines)];
    const long = this.devices.find((line) => line.length > deviceLengthMax);
    say(this.fields.devices.bad, this.devices.length > devicesMax ? `${count(this.devices.length, 'line')}: at most 100,000.`
      : long ? 'A line is longer than 200 characters: one device id a line.'
        : file && this.devices.length === 0 ? 'The file is empty.' : '');
    this.edited();
  }

  /** Another plan is another request; the same one sent again plans once. */
  edited() {
    this.requestId = crypto.randomUUID();
    say(this.message, '');
    const before = this.value('before');
    this.words.replaceChildren('It ends ', ...filterOf({
      program: this.program(), startedBefore: before ? instantOf(before) : null, appVersion: this.value('version') || null,
      devices: this.devices.length,
    }), '.');
  }

  isReady() {
    const ticket = this.value('ticket').toUpperCase();
    say(this.fields.reason.bad, this.value('reason') ? '' : 'Choose a reason.');
    say(this.fields.ticket.bad, ticketPattern.test(ticket) ? '' : 'Use A-Z, 0-9 and -, at most 32.');
    const wrong = Object.values(this.fields).find((field) => field.bad.textContent !== '');
    wrong?.input.focus();
    return wrong === undefined;
  }

  async count() {
    if (this.button.disabled || !this.isReady()) {
      return;
    }
    this.busy(true);
    const [before, version, ticket, sentenceCode] = ['before', 'version', 'ticket', 'sentence'].map((name) => this.value(name));
    try {
      const { incident } = await planIncident({
        program: this.program(), requestId: this.requestId, reason: this.value('reason'),
        ...(before ? { startedBefore: instantOf(before) } : {}), ...(version ? { appVersion: version } : {}),
        ...(this.devices.length > 0 ? { devices: this.devices } : {}), ...(sentenceCode ? { sentence: sentenceCode } : {}),
        ...(ticket ? { ticket: ticket.toUpperCase() } : {}),
      });
      location.assign(`/console/incidents/${incident.id}`);
    } catch (error) {
      this.busy(false);
      say(this.message, error instanceof NoAnswer || error.status === 503
        ? 'It is not certain whether it was planned. Nothing ended. Count again: it is planned once.' : sentence(error));
    }
  }

  busy(isBusy) {
    this.button.disabled = isBusy;
    say(this.button, isBusy ? 'Planning…' : 'Count');
  }
}

export function show(main, person) {
  new Plan(main, person);
}
