// The control API explained and ready to try, drawn from its own openapi.json, under the headings of its tags.

import { byId, el, fill } from './dom.js';

const SAMPLES = { boolean: true, integer: 1, number: 1.5, string: 'text', array: [], object: {} };

const { paths, components } = await (await fetch('/_sandbox/openapi.json')).json();
const headings = new Map();
for (const [path, methods] of Object.entries(paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    const [heading = 'Other'] = operation.tags ?? [];
    headings.set(heading, [...(headings.get(heading) ?? []), { path, method: method.toUpperCase(), operation }]);
  }
}
const slug = (heading) => heading.toLowerCase().replace(/[^a-z]+/g, '-');
fill(byId('headings'), [...headings.keys()].map((heading) => el('a', { href: `#${slug(heading)}` }, heading)));
fill(byId('operations'), [...headings].map(([heading, rows]) =>
  el('section', { id: slug(heading), 'aria-labelledby': `${slug(heading)}-title` },
    el('h2', { id: `${slug(heading)}-title` }, heading), rows.map(control))));

function control({ path, method, operation }) {
  const inside = el('div', { class: 'inside' });
  const node = el('details', {},
    el('summary', {}, el('b', {}, method), el('code', {}, path), el('span', {}, operation.summary)), inside);
  node.addEventListener('toggle', () => {
    if (node.open && !inside.hasChildNodes()) fill(inside, form(method, path, operation));
  });
  return node;
}

function form(method, path, operation) {
  const schema = bodyOf(operation);
  const inputs = (operation.parameters ?? []).map(parameter);
  const sample = schema && JSON.stringify(example(schema), null, 2);
  const body = schema && el('textarea', { name: 'body', spellcheck: 'false', rows: Math.min(sample.split('\n').length, 16) });
  if (schema) body.value = sample;
  const answer = el('pre', { hidden: true, tabindex: '0', 'aria-label': 'Answer', role: 'region' });
  const trouble = el('p', { class: 'bad', role: 'alert' });
  const send = async (event) => {
    event.preventDefault();
    trouble.textContent = '';
    try {
      fill(answer, await sent(method, path, inputs, body?.value)).hidden = false;
    } catch (error) {
      trouble.textContent = error.message;
    }
  };
  return el('form', { onsubmit: send },
    operation.description && el('p', {}, operation.description),
    inputs.map(({ label }) => label),
    schema && [explain(schema), el('label', {}, el('span', {}, 'Body'), body)],
    el('button', { type: 'submit', class: 'primary' }, 'Send'), trouble, answer);
}

function parameter({ name, in: where, required, schema }) {
  const choices = schema?.enum;
  const input = choices
    ? el('select', { name }, choices.map((value) => el('option', {}, value)))
    : el('input', { type: 'text', name, required: required === true, value: schema?.default });
  return { name, where, input, label: el('label', {}, el('span', {}, name), input) };
}

async function sent(method, path, inputs, body) {
  const steps = path.replace(/{(\w+)}/g, (_, name) => encodeURIComponent(inputs.find((one) => one.name === name).input.value));
  const url = new URL(steps, location.origin);
  for (const { name, where, input } of inputs) if (where === 'query' && input.value) url.searchParams.set(name, input.value);
  if (body) JSON.parse(body);
  const told = await fetch(url, { method, headers: body ? { 'content-type': 'application/json' } : {}, body });
  return `${told.status}\n${JSON.stringify(await told.json(), null, 2)}`;
}

function bodyOf(operation) {
  const schema = operation.requestBody?.content['application/json'].schema;
  return schema ? resolved(schema) : null;
}

function resolved(schema) {
  const found = schema.$ref ? schema : schema.anyOf?.find((one) => one.$ref) ?? schema;
  return found.$ref ? components.schemas[found.$ref.split('/').pop()] : found;
}

// Only what must be said, or has a value of its own: what is left out is left alone.
function example(schema) {
  const told = Object.entries(schema.properties ?? {})
    .filter(([name, field]) => schema.required?.includes(name) || (field.default !== undefined && field.default !== null))
    .map(([name, field]) => [name, field.default ?? field.enum?.[0] ?? SAMPLES[field.type] ?? 'text']);
  return Object.fromEntries(told);
}

function explain(schema) {
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) =>
    el('li', {}, el('code', {}, name), ` ${kindOf(field)}`, field.description && `: ${field.description}`));
  return el('ul', {}, rows);
}

function kindOf(field) {
  const all = (field.anyOf ?? [field]).filter((one) => one.type !== 'null').map((one) => resolved(one));
  return all.map((one) => one.enum?.join(' | ') ?? one.const ?? one.type ?? 'anything').join(', ');
}
