// The Address Element inside its frame: fields that follow the country, and what they hold told with every change.

import { checkFilled, checkPostalCode, hasPostalCode, hasRegion, postalName, regionName, regionsOf } from './address_rules.js';
import { wear } from './appearance.js';
import { serve, tell } from './bridge.js';
import { fillCountries } from './countries.js';
import { afterPress, byId, el, fill } from './dom.js';

const form = byId('form');
let opening = {};

const value = (id) => byId(id)?.value.trim() ?? '';

async function open(data) {
  opening = data;
  wear(data.appearance);
  draw(data.defaultValues ?? {});
  form.hidden = false;
  tell('ready');
  changed();
}

// Draws every field anew, filled with what is known.
function draw({ name, firstName, lastName, phone, address = {} }) {
  const grid = byId('address');
  fill(grid,
    nameFields({ name, firstName, lastName }),
    row('country', 'Country or region', 'country', { tag: 'select', wide: true, onchange: moved }),
    row('line1', 'Address line 1', 'address-line1', { wide: true, value: address.line1 }),
    row('line2', 'Address line 2', 'address-line2', { wide: true, value: address.line2, optional: true }),
    row('city', 'City', 'address-level2', { value: address.city }),
    el('div', { id: 'region' }),
    row('postal_code', 'Postal code', 'postal-code', { value: address.postal_code }),
    phoneShown() ? row('phone', 'Phone number', 'tel', { wide: true, type: 'tel', value: phone, optional: !phoneNeeded() }) : null);
  fillCountries(byId('country'), opening.locale, address.country, opening.allowedCountries);
  drawRegion(address.state);
}

function nameFields({ name, firstName, lastName }) {
  if (opening.fields?.name === 'never') return [];
  if (opening.display?.name === 'split') {
    return [row('firstName', 'First name', 'given-name', { value: firstName }), row('lastName', 'Last name', 'family-name', { value: lastName })];
  }
  const organization = opening.display?.name === 'organization';
  const [label, hint] = organization ? ['Organization name', 'organization'] : ['Full name', 'name'];
  return [row('name', label, hint, { wide: true, value: name ?? [firstName, lastName].filter(Boolean).join(' ') })];
}

const phoneShown = () => opening.fields?.phone === 'always';
const phoneNeeded = () => opening.validation?.phone?.required !== 'never';

// A labelled field with a place for its mistake.
function row(id, label, hint, { tag = 'input', wide = false, optional = false, ...more }) {
  const complain = () => afterPress(() => { if (value(id)) show(id, checks()[id]?.()); });
  const attributes = { id, name: id, autocomplete: `${opening.mode} ${hint}`, 'aria-describedby': `${id}-error`, 'aria-required': String(!optional) };
  return el('div', { class: wide ? 'field wide' : 'field', id: `${id}-row` },
    el('label', { for: id }, label, optional ? el('small', { class: 'soft' }, ' (optional)') : null),
    el(tag, { ...attributes, oninput: () => { show(id, null); changed(); }, onblur: complain, ...more }),
    el('p', { class: 'error', id: `${id}-error`, role: 'alert' }));
}

function moved() {
  drawRegion('');
  changed();
}

// State and postal code have other names elsewhere, or are not asked for at all.
function drawRegion(state) {
  const country = value('country');
  const choices = regionsOf(country);
  const tag = choices.length ? 'select' : 'input';
  fill(byId('region'), hasRegion(country) ? row('state', regionName(country), 'address-level1', { tag }) : null);
  byId('region').hidden = !hasRegion(country);
  if (choices.length) fill(byId('state'), ['', ...choices].map((code) => el('option', { value: code }, code || 'Choose')));
  if (hasRegion(country)) byId('state').value = state ?? '';
  byId('postal_code-row').hidden = !hasPostalCode(country);
  byId('postal_code-row').querySelector('label').textContent = postalName(country);
}

// The check of each field that must be filled now.
function checks() {
  const country = value('country');
  const needed = ['name', 'firstName', 'lastName', 'line1', 'city', 'state', phoneNeeded() ? 'phone' : ''].filter((id) => byId(id));
  const plain = Object.fromEntries(needed.map((id) => [id, () => checkFilled(id, value(id))]));
  return hasPostalCode(country) ? { ...plain, postal_code: () => checkPostalCode(country, value('postal_code')) } : plain;
}

function show(id, error) {
  byId(id).setAttribute('aria-invalid', String(Boolean(error)));
  byId(`${id}-error`).textContent = error?.message ?? '';
}

function typed() {
  const country = value('country');
  const split = opening.display?.name === 'split' ? { firstName: value('firstName'), lastName: value('lastName') } : null;
  const name = split ? [split.firstName, split.lastName].filter(Boolean).join(' ') : value('name');
  const postal = hasPostalCode(country) ? value('postal_code') : '';
  const address = { line1: value('line1'), line2: value('line2') || null, city: value('city'), state: value('state'), postal_code: postal, country };
  return { name, ...split, address, ...(phoneShown() ? { phone: value('phone') } : {}) };
}

function now() {
  const complete = Object.values(checks()).every((check) => !check());
  return { complete, isNewAddress: true, value: typed() };
}

function changed() {
  const empty = ['name', 'firstName', 'lastName', 'line1', 'line2', 'city', 'state', 'postal_code', 'phone'].every((id) => !value(id));
  tell('change', { elementMode: opening.mode, empty, ...now() });
}

// Shows every mistake, goes to the first and returns it.
function validate() {
  let first = null;
  for (const [id, check] of Object.entries(checks())) {
    const error = check();
    show(id, error);
    first ??= error && { id, error };
  }
  if (!first) return {};
  byId(first.id).focus();
  return { error: first.error };
}

form.addEventListener('submit', (event) => event.preventDefault());
addEventListener('focusin', () => tell('focus'));
addEventListener('focusout', () => tell('blur'));
addEventListener('keydown', (event) => { if (event.key === 'Escape') tell('escape'); });
new ResizeObserver(() => tell('height', Math.ceil(form.getBoundingClientRect().height))).observe(form);

serve({
  open,
  validate,
  value: () => { validate(); return now(); },
  update: (data) => {
    const known = typed();
    opening = data;
    wear(data.appearance);
    draw(known);
    changed();
  },
  focus: () => byId(Object.keys(checks())[0]).focus(),
  blur: () => document.activeElement?.blur(),
  clear: () => { draw({ address: { country: value('country') } }); changed(); },
});
