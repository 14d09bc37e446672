// The switches of the network: webhooks that are held, lost, late or doubled, and an API that fails.

import { el, fill } from './dom.js';
import { ask, run } from './scenario.wire.js';

const CHECKS = [['paused', 'Hold webhooks back'], ['shuffle', 'Out of order']];
const NUMBERS = [
  ['drop_next', 'Lose the next', 'events', { max: 999 }],
  ['duplicate', 'Repeat each', 'times', { max: 20 }],
  ['delay_seconds', 'Delay by', 'seconds', { max: 3600, step: 'any' }],
];
const FORGED = [
  ['signature', 'Signature', ['right', 'wrong', 'missing']],
  ['thin', 'Thin events', ['no', 'instead', 'beside']],
];
const FAULTS = [
  ['slow_seconds', 'Slow by', 'seconds', { max: 120, step: 'any' }],
  ['fail_next', 'Fail the next', 'requests', { max: 999 }],
  ['lose_next', 'Lose the answers of', 'requests', { max: 999 }],
];

export function network(place) {
  const endpoint = el('code', { id: 'endpoint' }, '…');
  const delivery = switches('delivery', [
    CHECKS.map(([name, text]) => el('label', {}, el('input', { type: 'checkbox', name }), ` ${text}`)),
    NUMBERS.map(number),
    el('details', { class: 'raw' }, el('summary', {}, 'Forge'), FORGED.map(choice),
      number(['shift_seconds', 'Signed', 'seconds later', { min: -9999, max: 9999 }])),
  ]);
  const faults = switches('faults', [
    FAULTS.map(number),
    choice(['fail_status', 'Failing with', [429, 500, 503]]),
  ]);
  fill(place,
    el('h2', { id: 'network-title' }, 'Network'),
    el('p', { class: 'hint' }, 'Webhooks go to ', endpoint),
    delivery, el('h3', {}, 'The API'), faults);
  return (health) => {
    endpoint.textContent = goTo(health);
    lay(delivery, health.delivery);
    lay(faults, health.faults);
  };
}

function goTo(health) {
  const others = health.objects.webhook_endpoint ?? 0;
  const registered = others ? `${others} registered endpoint${others > 1 ? 's' : ''}` : '';
  return [health.webhook_url, registered].filter(Boolean).join(' and ') || 'nowhere (no endpoint is set)';
}

function number([name, before, after, limits]) {
  return el('label', {}, `${before} `, el('input', { type: 'number', name, min: 0, value: 0, ...limits }), ` ${after}`);
}

function choice([name, text, values]) {
  return el('label', {}, `${text} `, el('select', { name }, values.map((value) => el('option', {}, String(value)))));
}

function switches(path, fields) {
  const change = ({ target }) => {
    if (!target.reportValidity()) return;
    const counts = target.type === 'number' || target.name === 'fail_status';
    const value = target.type === 'checkbox' ? target.checked : counts ? Number(target.value) : target.value;
    run('Network', () => ask(path, { [target.name]: value }));
  };
  return el('form', { class: 'switches', onchange: change, onsubmit: (event) => event.preventDefault() }, fields);
}

// A field somebody is in is left alone.
function lay(form, values) {
  for (const field of form.elements) {
    if (field === document.activeElement || !(field.name in values)) continue;
    if (field.type === 'checkbox') field.checked = values[field.name];
    else if (field.value !== String(values[field.name])) field.value = values[field.name];
  }
}
