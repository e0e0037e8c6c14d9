// What the pages of incidents share: the calls, an incident's name, its filter and phase in words.
import { ask, read } from '/assets/console/calls.js';
import { timeOf, when } from '/assets/console/times.js';
import { count, reasonLabel, state } from '/assets/console/words.js';

const path = '/internal/incidents/v1';
const minutesMs = 60 * 1000;

/** A count and an approval are good for so long; the service decides by its own clock. */
const goodForMs = 30 * minutesMs;

export const act = (step, body) => ask(`${path}/${step}`, body);

export const planIncident = (plan) => ask(path, plan);

export const checkProgram = (program, options) => ask(`${path}/preflight`, { program }, options);

export const readIncidents = async (options) => (await read(path, options)).incidents;

/** One incident; null where the key sees none of this id. */
export const readIncident = async (id, options) => (await read(`${path}?id=${id}`, options)).incidents[0] ?? null;

/** Incidents have no name of their own: the reason, and the ticket where there is one. */
export const nameOfIncident = ({ reason, ticket }) => `${reasonLabel(reason)}${ticket ? ` · ${ticket}` : ''}`;

/** Which sessions it ends, as texts and times. */
export function filterOf({ program, startedBefore, appVersion, devices }) {
  const parts = [
    startedBefore ? ['that started before ', timeOf(startedBefore, when(startedBefore, { seconds: true }))] : null,
    appVersion ? [`with version ${appVersion} of the app`] : null, devices ? [`on ${count(devices, 'listed device')}`] : null,
  ].filter(Boolean);
  return parts.length === 0 ? [`every session of program ${program}`]
    : [`sessions of program ${program} `, ...parts.flatMap((part, index) => index === 0 ? part : [' and ', ...part])];
}

const phases = {
  counting: ['ended', 'counting'], counted: ['ended', 'counted, not run'], running: ['owed', 'running'], paused: ['owed', 'paused'],
  finished: ['live', 'finished'],
};

export const phaseOf = ({ phase }) => state(...phases[phase]);

const hasPassed = (at) => Date.now() - Date.parse(at) > goodForMs;

export const isCountOld = (incident) => incident.phase === 'counted' && hasPassed(incident.countedAt);

export const isApproved = (incident) => Boolean(incident.approvedAt) && !hasPassed(incident.approvedAt);

/** The one who did something: the person, with the key. */
export const byWhom = (key, actor) => actor ? `${actor} (key ${key})` : `key ${key}`;

export const writtenDown = ({ ended, sessions }) =>
  `${ended.toLocaleString('en-GB')} of ${Math.max(ended, sessions ?? 0).toLocaleString('en-GB')}`;
