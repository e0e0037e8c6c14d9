// Two charts: the last sign-out as bars from one zero, and all of this run as a strip of dots.
import { byId, el, say, svg } from './dom.js';
import { inWords, middle, scaleOf } from './measure.js';

/** Draws one run: a row for each phone. */
export function drawLast(run, phones, owedTo) {
  const times = [run.durable, ...run.told.values()].filter((ms) => ms !== null);
  const end = scaleOf(Math.max(0, ...times));
  byId('lanes').replaceChildren(...phones.map((phone) => lane(run, phone, end, owedTo)));
  const axis = byId('axis');
  axis.hidden = false;
  axis.replaceChildren(...[0, end / 2, `${end} ms`].map((text) => el('span', {}, String(text))));
}

function lane(run, phone, end, owedTo) {
  const isOwn = phone === run.phone;
  const ms = isOwn ? run.durable : run.told.get(phone) ?? null;
  const bar = svg('svg', { class: 'lane', viewBox: '0 0 100 1', preserveAspectRatio: 'none', 'aria-hidden': 'true' });
  if (ms !== null) {
    bar.append(svg('rect', { class: isOwn ? '' : 'g', width: String(Math.max(0.5, 100 * ms / end)), height: '1' }));
  }
  const what = isOwn ? `: ${run.status ?? '…'}` : ms !== null ? ': told' : '';
  return el('li', {}, el('span', {}, phone.name + what), bar, ms !== null ? el('span', {}, inWords(ms)) : stateOf(run, phone, owedTo));
}

function stateOf(run, phone, owedTo) {
  if (phone === run.phone || run.mode === 1) {
    return el('span', { class: 'quiet' }, run.mode === 1 && phone !== run.phone ? 'not told' : '…');
  }
  return owedTo(phone).length > 0 ? el('span', {}, el('span', { class: 'state is-owed' }, 'owed')) : el('span', { class: 'quiet' }, '–');
}

/** Draws all runs of this page, and says their middle values. */
export function drawRun(runs) {
  const counted = runs.filter((run) => run.durable !== null && run.status === 200);
  const clean = counted.filter((run) => !run.wasHidden);
  const durable = middle(clean.map((run) => run.durable));
  const told = middle(clean.filter((run) => run.lastTold !== null).map((run) => run.lastTold));
  if (counted.length === 0) {
    return;
  }
  const middles = durable === null ? '' : `, middle ${inWords(durable)}${told === null ? '' : ` and ${inWords(told)}`}`;
  const hidden = counted.length - clean.length;
  say(byId('run'), `From the tap, by the browser’s clock. This run: ${counted.length} sign-out${counted.length === 1 ? '' : 's'}${middles}.`
    + (hidden === 0 ? '' : ` ${hidden} while the page was hidden: not in the middle.`));
  drawDots(counted, durable, told);
}

function drawDots(runs, durable, told) {
  const end = scaleOf(Math.max(...runs.map((run) => Math.max(run.durable, run.lastTold ?? 0))));
  const [width, height] = [300, 48];
  const x = (index) => runs.length === 1 ? width / 2 : 6 + (index * (width - 12) / (runs.length - 1));
  const y = (ms) => height - 4 - ((height - 8) * ms / end);
  const dots = byId('dots');
  dots.replaceChildren(...[[durable, ''], [told, 'g']].filter(([ms]) => ms !== null)
    .map(([ms, kind]) => svg('line', { class: kind, x1: 0, x2: width, y1: y(ms), y2: y(ms) })));
  for (const [index, run] of runs.entries()) {
    dots.append(svg('circle', { cx: x(index), cy: y(run.durable), r: 3 }));
    if (run.lastTold !== null) {
      dots.append(svg('circle', { class: 'g', cx: x(index), cy: y(run.lastTold), r: 3 }));
    }
  }
  byId('dots-box').hidden = runs.length < 2;
  byId('dots-rows').replaceChildren(...runs.map((run, index) => el(
    'tr', {}, el('th', { scope: 'row' }, String(index + 1)), el('td', {}, `${run.phone.name}, mode ${run.mode}`),
    el('td', { class: 'num' }, inWords(run.durable)), el('td', { class: 'num' }, run.lastTold === null ? '–' : inWords(run.lastTold)))));
}
