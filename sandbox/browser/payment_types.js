// The tabs with the types of payment method an intent takes; a single type needs none. Used by `payment`.

import { byId, el, fill } from './dom.js';

const NAMES = { card: 'Card', sepa_debit: 'SEPA Debit', us_bank_account: 'US bank account' };
const list = byId('types');
let types = [];
let picked = 'card';

export const pickedType = () => picked;
export const manyTypes = () => types.length > 1;

// Draws a tab for each of these types that is built; the one that was picked stays so while it is among them.
export function drawTypes(wanted, order, onPick) {
  types = sorted(wanted.filter((type) => type in NAMES), order ?? []);
  if (!types.includes(picked)) [picked = 'card'] = types;
  list.hidden = !manyTypes();
  fill(list, types.map((type) => tab(type, onPick)));
}

function sorted(found, order) {
  const place = (type) => (order.includes(type) ? order.indexOf(type) : order.length);
  return [...found].sort((one, other) => place(one) - place(other));
}

function tab(type, onPick) {
  const chosen = type === picked;
  return el('button', {
    type: 'button', role: 'tab', id: `tab-${type}`, 'aria-selected': String(chosen), tabindex: chosen ? '0' : '-1',
    onclick: () => pick(type, onPick), onkeydown: (event) => step(event, type, onPick),
  }, NAMES[type]);
}

function pick(type, onPick) {
  picked = type;
  for (const one of types) {
    const chosen = one === type;
    byId(`tab-${one}`).setAttribute('aria-selected', String(chosen));
    byId(`tab-${one}`).tabIndex = chosen ? 0 : -1;
  }
  onPick();
}

// The arrow keys go from tab to tab, as in every list of tabs.
function step(event, type, onPick) {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const next = types[(types.indexOf(type) + by + types.length) % types.length];
  pick(next, onPick);
  byId(`tab-${next}`).focus();
}
