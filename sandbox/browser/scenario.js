// The scenario page: asks every second whether anything changed, and draws what did.

import { byId, el, fill } from './dom.js';
import { catalogue, customers, invoices, sessions, subscriptions } from './scenario.customers.js';
import { timeline } from './scenario.events.js';
import { hours, testClocks } from './scenario.hours.js';
import { network } from './scenario.network.js';
import { disputes, payments, refunds, suspicions } from './scenario.payments.js';
import { Section } from './scenario.rows.js';
import { snapshots } from './scenario.snapshots.js';
import { afterActs, ask, run, tell } from './scenario.wire.js';

const EVERY_MS = 1000;
const STEP = 12;
// Lists the sections draw; the others are only looked up in.
const SHOWN = ['payments', 'customers', 'subscriptions', 'invoices', 'sessions', 'refunds', 'disputes', 'products', 'test-clocks', 'events'];
const LOOKED_UP = ['charges', 'payment-methods', 'prices', 'fraud-warnings', 'reviews'];
const LIMITS = Object.fromEntries(SHOWN.map((name) => [name, STEP]));

const events = timeline(() => redraw());
const THINGS = [payments, customers, subscriptions, invoices, sessions, refunds, disputes, suspicions, testClocks, catalogue];
const LIST_OF = { 'test-clocks': 'test-clocks', catalogue: 'products', timeline: 'events' };

const clock = hours(byId('hours'));
const switches = network(byId('network'));
const sections = [...THINGS.map(begin), new Section(byId('timeline'), growing(events))];
snapshots(byId('state'));

let cards = [];
let seen = null;

function begin(section) {
  const place = el('section', { id: section.id, 'aria-labelledby': `${section.id}-title` });
  byId('things').append(place);
  return new Section(place, growing(section));
}

function growing(section) {
  return { ...section, more: () => { LIMITS[LIST_OF[section.id] ?? section.id] += 2 * STEP; redraw(); } };
}

async function world() {
  const paths = SHOWN.map((name) => (name === 'events' ? events.path(LIMITS.events) : `${name}?limit=${LIMITS[name]}`));
  const answers = await Promise.all([...paths, ...LOOKED_UP.map((name) => `${name}?limit=200`)].map((path) => ask(path)));
  const found = { cards, totals: {} };
  [...SHOWN, ...LOOKED_UP].forEach((name, place) => {
    const key = name.replaceAll('-', '_');
    found[key] = answers[place][key];
    found.totals[key] = answers[place].total;
  });
  return found;
}

// The revision is read before the lists: what changes in between is drawn with the next beat.
async function beat() {
  const health = await ask('health');
  clock(health);
  switches(health);
  if (health.revision === seen) return;
  const found = await world();
  for (const section of sections) section.show(found);
  seen = health.revision;
}

async function redraw() {
  seen = null;
  await look();
}

let silent = false;
async function look() {
  try {
    await beat();
    if (silent) tell('The sandbox', 'answers again.');
    silent = false;
  } catch {
    if (!silent) tell('The sandbox', 'does not answer. Is it still running?');
    silent = true;
    seen = null;
  }
}

async function live() {
  if (!document.hidden) await look();
  setTimeout(live, EVERY_MS);
}

function drawCards() {
  const columns = ['Number', 'What it does', 'Names', 'Copy'];
  const rows = cards.map((card) => el('tr', {},
    el('td', {}, card.number.replace(/(\d{4})(?=\d)/g, '$1 ')),
    el('td', {}, card.about),
    el('td', {}, card.names.join(', ')),
    el('td', {}, el('button', { type: 'button', class: 'plain', 'aria-label': `Copy ${card.number}`, onclick: () => copy(card.number) }, 'Copy'))));
  fill(byId('cards'),
    el('h2', { id: 'cards-title' }, 'Test cards'),
    el('p', { class: 'hint' }, 'Any future date, any security code. The name works wherever the API takes a payment method.'),
    el('details', { class: 'raw' }, el('summary', {}, `All ${cards.length} cards`),
      el('div', { class: 'scroll', role: 'region', 'aria-labelledby': 'cards-title', tabindex: '0' },
        el('table', {}, el('thead', {}, el('tr', {}, columns.map((text) => el('th', { scope: 'col' }, text)))), el('tbody', {}, rows)))));
}

function copy(number) {
  run(`Copy ${number}`, () => navigator.clipboard.writeText(number));
}

afterActs(redraw);
({ cards } = await ask('cards').catch(() => ({ cards })));
drawCards();
live();
