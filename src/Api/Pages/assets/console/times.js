// Times and durations as people read them: in the viewer's zone or in UTC, 24 hours, with words for today and yesterday.
import { el } from '/assets/dom.js';

const key = 'console.utc';
const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

export const isUtc = () => localStorage.getItem(key) === 'yes';

export function setUtc(value) {
  if (value) {
    localStorage.setItem(key, 'yes');
  } else {
    localStorage.removeItem(key);
  }
}

const zone = () => isUtc() ? 'UTC' : ownZone;

function parts(date) {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone(), hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
    second: '2-digit',
  });
  return Object.fromEntries(format.formatToParts(date).map((part) => [part.type, part.value]));
}

function wall(date) {
  const { year, month, day, hour, minute, second } = parts(date);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** The zone's distance from UTC at a time: UTC+1, UTC+5:30. */
export function offset(date) {
  const minutes = Math.round((wall(date) - Math.floor(date.getTime() / 1000) * 1000) / 60000);
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return minutes === 0 ? 'UTC' : `UTC${minutes < 0 ? '−' : '+'}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`;
}

/** The name of the zone for the bar: Rome (UTC+1). */
export const zoneName = () => isUtc() ? 'UTC' : `${ownZone.split('/').at(-1).replaceAll('_', ' ')} (${offset(new Date())})`;

// The hour that autumn has twice.
const isDoubled = (date) => [-3600000, 3600000].some((ms) => wall(date) === wall(new Date(date.getTime() + ms)));

/** 10:02, 10:02:03 or 10:02:03.112. */
export function clock(value, { seconds = false, ms = false } = {}) {
  const date = new Date(value);
  const { hour, minute, second } = parts(date);
  const text = `${hour}:${minute}${seconds || ms ? `:${second}` : ''}${ms ? `.${String(date.getUTCMilliseconds()).padStart(3, '0')}` : ''}`;
  return isDoubled(date) ? `${text} (${offset(date)})` : text;
}

const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

function daysAgo(date) {
  const midnight = (of) => Math.floor(wall(of) / 86400000);
  return midnight(new Date()) - midnight(date);
}

export function date(value) {
  const { year, month, day } = parts(new Date(value));
  return `${Number(day)} ${months[month - 1]}${year === parts(new Date()).year ? '' : ` ${year}`}`;
}

/** today, yesterday, tomorrow or a date. */
export function day(value) {
  const ago = daysAgo(new Date(value));
  return ago === 0 ? 'today' : ago === 1 ? 'yesterday' : ago === -1 ? 'tomorrow' : date(value);
}

/** The heading of a day in a list: Today, 26 November. */
export function dayHeading(value) {
  const word = day(value);
  return word === date(value) ? word : `${word[0].toUpperCase()}${word.slice(1)}, ${date(value)}`;
}

/** today 10:02; the clock alone where the day is plain. */
export const when = (value, options) => `${day(value)} ${clock(value, options)}`;

/** A time with its full UTC for machines and for a pointer. */
export function timeOf(value, text) {
  const iso = new Date(value).toISOString();
  return el('time', { datetime: iso, title: iso }, text);
}

/** The UTC instant of what stands in a field of date and time, which is in the zone that the page shows. */
export const instantOf = (text) => new Date(isUtc() ? `${text}Z` : text).toISOString();

/** 4 ms, 1.2 s, 4 min 39 s, 2 h 5 min, 2 days. */
export function duration(ms) {
  const span = Math.max(0, ms);
  const seconds = Math.floor(span / 1000);
  if (span < 1000) {
    return `${Math.round(span)} ms`;
  }
  if (seconds < 60) {
    return `${Math.floor(span / 100) / 10} s`;
  }
  if (seconds < 3600) {
    return `${Math.floor(seconds / 60)} min${seconds % 60 ? ` ${seconds % 60} s` : ''}`;
  }
  const minutes = Math.floor(seconds / 60);
  return seconds < 172800
    ? `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`
    : `${Math.floor(seconds / 86400)} days`;
}

/** How long something has lasted, coarsely: 4 min. */
export function lasting(ms) {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  return seconds < 60 ? `${seconds} s` : seconds < 3600 ? `${Math.floor(seconds / 60)} min` : duration(Math.floor(seconds / 60) * 60000);
}
