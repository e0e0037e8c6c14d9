// What "Break it" does, one function an experiment. Each says what it saw, and whether that is what must be seen: { ok, text }.
import { NoAnswer, send } from './api.js';
import { pause } from './dom.js';

const repeats = 20;
const lossAfterMs = 1;
const repeatAfterMs = 500;

/** The phone is signed in with the PIN and listens, or the experiment cannot begin. */
async function ready(phone) {
  if (phone.link === 'offline') {
    await phone.comeBack();
  }
  if (!phone.isIn) {
    await phone.signIn(1);
  }
  if (!await phone.until(() => phone.isListening)) {
    throw new NoAnswer('The phone does not listen.');
  }
}

async function eventsAdded(person, act) {
  await person.quiet();
  const before = person.log.version;
  await act();
  await person.quiet();
  return person.log.version - before;
}

const events = (number) => `${number} new event${number === 1 ? '' : 's'}`;

export async function sendItAgain(person) {
  if (!person.lastOut?.last) {
    await ready(person.phones[0]);
    await person.signOut(person.phones[0], 1);
  }
  const { request, answer } = person.lastOut.last;
  let again;
  const added = await eventsAdded(person, async () => { again = await send(request); });
  const isSame = again.status === answer.status && again.text === answer.text;
  return { ok: isSame && added === 0, text: `${isSame ? 'Identical answer' : `Another answer: ${again.status} ${again.text}`}, ${events(added)}` };
}

export async function sendItOften(person) {
  const phone = person.phones[0];
  await ready(phone);
  const request = phone.logoutRequest(1);
  let answers;
  const added = await eventsAdded(person, async () => {
    answers = await Promise.all(Array.from({ length: repeats }, () => send(request)));
    phone.took(request, answers[0], 1);
    person.lastOut = phone;
  });
  const good = answers.filter((answer) => answer.status === 200 && answer.text === answers[0].text).length;
  return {
    ok: good === repeats && added === 1,
    text: `${good} of ${repeats} answers are the same 200, ${events(added)}. The browser sent about three at a time.`,
  };
}

export async function loseTheAnswer(person) {
  const phone = person.phones[0];
  await ready(phone);
  const request = phone.logoutRequest(1);
  let answer;
  let isLost = false;
  const added = await eventsAdded(person, async () => {
    const cut = new AbortController();
    const first = send(request, { signal: cut.signal });
    setTimeout(() => cut.abort(), lossAfterMs);
    try {
      await first;
    } catch (e) {
      isLost = e instanceof NoAnswer;
    }
    phone.message = 'No answer. Trying again…';
    phone.changed();
    await pause(repeatAfterMs);
    answer = await send(request);
    phone.took(request, answer, 1);
    person.lastOut = phone;
  });
  const first = isLost ? 'The phone could not know. It asked again; that is all an app must do.' : 'The answer was quicker than the cut.';
  return { ok: answer.status === 200 && added === 1, text: `${answer.status}, ${events(added)}. ${first}` };
}

/** Cuts the last phone off and signs another one out; `comeBack` ends what it began. */
export async function goOffline(person) {
  const phone = person.phones.at(-1);
  const other = person.phones.at(-2);
  await ready(phone);
  await ready(other);
  await person.quiet();
  const seen = phone.lastId;
  phone.goOffline();
  await person.signOut(other, 2);
  await person.quiet();
  const owed = person.log.owedTo(phone.label);
  phone.missed = { owed, shown: phone.shown.length };
  return {
    ok: owed.length > 0 && phone.lastId === seen && phone.shown.length === phone.missed.shown,
    text: `${phone.name} heard nothing: last event id ${seen || '–'}. The log says that it is owed ${owed.length === 1 ? 'a notice' : `${owed.length} notices`}.`,
  };
}

export async function comeBackOnline(person) {
  const phone = person.phones.at(-1);
  const missed = phone.missed ?? { owed: person.log.owedTo(phone.label), shown: phone.shown.length };
  phone.missed = null;
  const wasOffline = performance.now() - phone.wentOffline;
  await phone.comeBack();
  await phone.until(() => phone.shown.length - missed.shown >= missed.owed.length);
  await person.quiet();
  const came = phone.shown.slice(missed.shown);
  const isRight = came.join() === missed.owed.join() && person.log.owedTo(phone.label).length === 0;
  return {
    ok: isRight,
    text: `${came.length === 1 ? 'One notice' : `${came.length} notices`}, each once, came after ${(wasOffline / 1000).toFixed(1)} s offline; confirmed in the log.`,
  };
}

/** The second phone shows and does not confirm; it is started anew, and the notice comes again. `confirm` ends it. */
export async function doNotConfirm(person) {
  const [first, second] = person.phones;
  await ready(first);
  await ready(second);
  second.holdsBack = true;
  await person.quiet();
  const before = second.shown.length;
  await person.signOut(first, 2);
  await second.until(() => second.shown.length > before);
  await second.listen(0); // an app that was started anew has no last id
  await second.until(() => second.shown.length > before + 1);
  const [one, again] = second.shown.slice(before);
  return { ok: one !== undefined && one === again, text: `Event ${one} was shown, not confirmed, and came again: shown ${second.shown.length - before} times.` };
}

export async function confirm(person) {
  const second = person.phones[1];
  second.holdsBack = false;
  await second.acknowledge();
  await person.quiet();
  const owed = await second.owedNow();
  return { ok: owed.length === 0 && second.notice.confirmed, text: owed.length === 0 ? 'Confirmed. Started anew once more, it is sent nothing.' : `Still sent: ${owed.join(', ')}` };
}

export async function useDeadToken(person) {
  const phone = person.phones[0];
  if (phone.last?.mode !== 1) { // a dead session that never acted on its device: may it do so now?
    await ready(phone);
    await person.signOut(phone, 1);
  }
  await person.quiet();
  const { request } = phone.last;
  const statuses = [];
  for (const call of [...phone.calls, phone.logoutRequest(2)]) {
    statuses.push((await send(call)).status);
  }
  const own = (await send(request)).status;
  return {
    ok: statuses.every((status) => status === 401) && own === 200,
    text: `Sessions ${statuses[0]}, notices ${statuses[1]}, a sign-out of the device ${statuses[2]}; the repeat of its own sign-out ${own}.`,
  };
}

export async function changeToken(person) {
  const phone = person.phones[1];
  await ready(phone);
  const dead = person.phones[0];
  if (dead.isIn || dead.last === null) {
    await ready(dead);
    await person.signOut(dead, 2);
  }
  const expected = await send(dead.calls[0]);
  const answer = await send(phone.callsWithChangedToken[0]);
  const isSame = answer.text === expected.text;
  return {
    ok: answer.status === 401 && isSame,
    text: `${answer.status}, ${isSame ? 'byte for byte the answer to a dead token' : 'and not the answer to a dead token'}: it tells an attacker nothing.`,
  };
}

export async function changeEvent(person) {
  const { log } = person;
  log.changed = 2;
  await log.check();
  log.dispatchEvent(new Event('change'));
  return { ok: log.links === 1, text: 'One letter of event 2 was changed, in this page only: the chain breaks right there.' };
}

export async function putItBack(person) {
  const { log } = person;
  log.changed = null;
  await log.check();
  log.dispatchEvent(new Event('change'));
  return { ok: log.links === log.events.length, text: 'Put back: every link holds again.' };
}

/** Waits until the service is gone and back; `say` shows what is waited for. */
export async function stopTheService(person, say) {
  const { log } = person;
  await person.quiet();
  const before = log.events.map((event) => event.hash);
  say('Press Ctrl+C in its terminal, then start it again. Waiting for it to stop…');
  const away = await stateBecomes(log, (state) => state !== 'ready');
  say('It is gone. Start it again: the phones connect by themselves.');
  const back = await stateBecomes(log, (state) => state === 'ready');
  const kept = before.filter((hash, index) => log.events[index]?.hash === hash).length;
  return {
    ok: kept === before.length,
    text: `Back after ${((back - away) / 1000).toFixed(1)} s. ${kept} of ${before.length} events are there.`,
  };
}

async function stateBecomes(log, isSo) {
  while (!isSo(log.service.state)) {
    await pause(250);
    await log.refresh();
  }
  return performance.now();
}

