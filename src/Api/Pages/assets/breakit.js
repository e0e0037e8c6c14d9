// "Break it": a button for each experiment, what should happen beside it, and after the try what did happen.
import { byId, el, say } from './dom.js';
import * as experiments from './experiments.js';

const list = [
  { name: 'Send it again', should: 'The same 200, byte for byte; 0 new events.', act: experiments.sendItAgain },
  { name: 'Send it 20 times', should: 'As fast as the browser can: twenty 200s, one event.', act: experiments.sendItOften },
  { name: 'Lose the answer', should: 'The phone hears nothing and repeats: one event.', act: experiments.loseTheAnswer },
  {
    name: 'Go offline', should: 'The last phone is owed its notice, and gets it when it is back, once.', act: experiments.goOffline,
    then: { name: 'Come back online', act: experiments.comeBackOnline },
  },
  {
    name: 'Show it, do not confirm', should: 'The notice comes again until it is confirmed.', act: experiments.doNotConfirm,
    then: { name: 'Confirm', act: experiments.confirm },
  },
  { name: 'Use dead token', should: '401 everywhere, from the 200 on; its own repeat stays 200.', act: experiments.useDeadToken },
  { name: 'Change a token', should: '401, the same bytes as for a dead one.', act: experiments.changeToken },
  {
    name: 'Change an event', should: 'In this page only: the chain breaks right there.', act: experiments.changeEvent,
    then: { name: 'Put it back', act: experiments.putItBack },
  },
  { name: 'Stop the service', should: 'Ctrl+C, start it again: phones resume, nothing is lost.', act: experiments.stopTheService },
];

export class BreakIt {
  constructor(person, attempt) {
    this.person = person;
    this.attempt = attempt;
    byId('tries').replaceChildren(...list.map((experiment) => this.row(experiment)));
  }

  row(experiment) {
    const result = el('span', { class: 'result', role: 'status' }); // empty until the first try
    const button = el('button', { type: 'button' }, experiment.name);
    const details = el('button', { type: 'button', class: 'plain', hidden: true }, 'copy the details');
    let next = experiment;
    button.addEventListener('click', async () => {
      if (!this.isBusy) {
        const ok = await this.run(next, button, result, details);
        next = ok && next.then ? next.then : ok ? experiment : next;
        say(button, next.name);
      }
    });
    return el('li', {}, button, el('p', {}, experiment.should, ' ', result, ' ', details));
  }

  /** Runs an experiment while no other one runs; whether it showed what it must. */
  async run(experiment, button, result, details) {
    this.lock(button, true);
    details.hidden = true;
    result.className = 'result';
    say(result, 'Trying…');
    const seen = await this.attempt(() => experiment.act(this.person, (text) => say(result, text)))
      ?? { ok: false, text: 'The service did not answer.', isAway: true };
    result.className = seen.ok ? 'result ok' : 'result bad';
    say(result, seen.ok ? `${seen.text} ✓` : `${seen.text} ✗${seen.isAway ? '' : ' This is a bug:'}`);
    details.hidden = seen.ok || seen.isAway === true;
    details.onclick = () => navigator.clipboard?.writeText(this.detailsOf(experiment, seen));
    this.lock(button, false);
    return seen.ok;
  }

  lock(own, isBusy) {
    own.setAttribute('aria-busy', String(isBusy));
    for (const button of byId('tries').querySelectorAll('li > button')) {
      button.disabled = isBusy && button !== own;
    }
    this.isBusy = isBusy;
  }

  /** What happened, without an account, a device's id or a token. */
  detailsOf(experiment, seen) {
    const { log } = this.person;
    const names = log.events.map((event) => `${event.version} ${event.name} ${event.hash.slice(0, 12)}`);
    return [`${experiment.name}: ${seen.text}`, `${log.links} of ${log.events.length} links hold.`, navigator.userAgent, ...names].join('\n');
  }
}
