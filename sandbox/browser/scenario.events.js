// The timeline: every event, whether its webhooks arrived, and what they said.

import { el, fill } from './dom.js';
import { raw } from './scenario.rows.js';
import { ask, moment, press, shortened, words } from './scenario.wire.js';

const TONES = { delivered: 'good', pending: 'wait', failed: 'bad', dropped: 'bad', kept: 'soft' };

export function timeline(changed) {
  const kind = filter('kind', 'Type', 'invoice.paid', changed);
  const about = filter('about', 'About the object', 'cus_…', changed);
  return {
    id: 'timeline',
    title: 'Events',
    empty: 'Nothing has happened, or nothing like that.',
    tools: el('div', { class: 'tools' }, kind.node, about.node),
    path(limit) {
      const query = new URLSearchParams({ limit });
      if (kind.value()) query.set('type', kind.value());
      if (about.value()) query.set('about', about.value());
      return `events?${query}`;
    },
    rows: (world) => world.events,
    total: (world) => world.totals.events,
    head: (event) => ({
      title: event.type,
      note: [event.about && shortened(event.about), event.changed.length > 0 && `changed ${event.changed.join(', ')}`]
        .filter(Boolean).join(' · '),
      state: stateOf(event),
      tone: TONES[stateOf(event).split(' ')[0]],
      at: moment(event.created),
    }),
    inside,
  };
}

// The filters only ask again after a pause, not at every key.
function filter(name, label, placeholder, changed) {
  let waiting;
  const input = el('input', {
    type: 'search', name, placeholder, spellcheck: 'false', autocomplete: 'off',
    oninput: () => { clearTimeout(waiting); waiting = setTimeout(changed, 250); },
  });
  return { node: el('label', {}, label, input), value: () => input.value.trim() };
}

// The worst of its deliveries tells most; an event nobody waited for was only kept.
function stateOf({ deliveries }) {
  const worst = ['failed', 'dropped', 'pending', 'delivered'].map((state) => deliveries.find((row) => row.state === state)).find(Boolean);
  if (!worst) return 'kept';
  return worst.tries > 1 ? `${worst.state} (${worst.tries} tries)` : worst.state;
}

function inside(event) {
  const place = el('div', { class: 'payload' }, el('p', { class: 'hint' }, 'One moment …'));
  ask(`events/${event.id}`).then(
    ({ event: whole, deliveries }) => fill(place, tries(deliveries), raw(whole, 'Payload')),
    (trouble) => fill(place, trouble.message),
  );
  const about = shortened(event.id);
  return [
    el('p', { class: 'id' }, event.id),
    el('div', { class: 'acts' },
      press('Send again', about, () => ask(`events/${event.id}/resend`, {})),
      press('Twin', about, () => ask(`events/${event.id}/twin`, {}))),
    place,
  ];
}

function tries(deliveries) {
  const from = ({ endpoint }) => (endpoint ? ` from ${shortened(endpoint)}` : '');
  const lines = deliveries.flatMap((row) => row.tries.map((one) => `${moment(one.at)}: ${one.status ?? 'no answer'}${from(row)}`));
  if (!deliveries.length) return el('p', { class: 'hint' }, 'It was only kept: no endpoint waited for it.');
  if (!lines.length) return el('p', { class: 'hint' }, deliveries.map((row) => words(row.state)).join(', '));
  return el('ul', { class: 'tries' }, lines.map((line) => el('li', {}, line)));
}
