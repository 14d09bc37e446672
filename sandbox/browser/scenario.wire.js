// What the scenario page asks of the control API, and how it tells what became of it.

import { byId, el, fill } from './dom.js';
import { decimals, money } from './money.js';

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const heard = new Set();

export async function ask(path, body, method = 'POST') {
  const options = body === undefined ? { cache: 'no-store' } : {
    method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
  };
  const answer = await fetch(`/_sandbox/${path}`, options);
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error?.message ?? `The sandbox answered ${answer.status}.`);
  return told;
}

// `redraw` is called after every act.
export function afterActs(redraw) {
  heard.add(redraw);
}

// Carries an act out and says how it went. What `say` makes of the answer is shown in place of "done".
export async function run(about, act, say = null) {
  try {
    const told = await act();
    tell(about, told?.error?.message ?? say?.(told) ?? 'done.');
  } catch (trouble) {
    tell(about, trouble.message);
  }
  for (const redraw of heard) await redraw();
}

export function tell(about, ...said) {
  const close = el('button', { type: 'button', class: 'plain', 'aria-label': 'Close this message', onclick: () => fill(byId('notice')) }, '×');
  fill(byId('notice'), el('span', {}, el('b', {}, `${about}: `), said), close);
}

// A button that acts. `key` finds it again after its row was drawn anew.
export function press(text, about, act, { say, tone = null, sure = null, key = `${text} ${about}` } = {}) {
  return el('button', {
    type: 'button', class: tone, 'data-key': key, 'aria-label': `${text}: ${about}`,
    onclick: () => { if (!sure || confirm(sure)) run(`${text} ${about}`, act, say); },
  }, text);
}

export const moment = (seconds) => MOMENT.format(new Date(seconds * 1000));

export const words = (name) => name.replaceAll('_', ' ');

export const shortened = (id) => (id.length > 22 ? `${id.slice(0, 12)}…${id.slice(-4)}` : id);

export { money };

// "5", "5.00" or "5,00" as minor units; null when it is no amount. The digits are moved as text.
export function minorUnits(text, currency) {
  const digits = decimals(currency);
  const [, whole, rest = ''] = /^\s*(\d+)(?:[.,](\d*))?\s*$/.exec(text) ?? [];
  if (whole === undefined || rest.length > digits) return null;
  return Number(whole + rest.padEnd(digits, '0'));
}
