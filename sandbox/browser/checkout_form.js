// The right side of the page: who pays, and what the seller asks. The card is in a frame of its own. Used by `checkout`.

import { fillCountries } from './countries.js';
import { byId, el, fill } from './dom.js';

const LINES = [
  ['line1', 'Address', 'address-line1'],
  ['line2', 'Address line 2 (optional)', 'address-line2'],
  ['city', 'City', 'address-level2'],
  ['state', 'State or region', 'address-level1'],
  ['postal_code', 'Postal code', 'postal-code'],
];
const FOR_TAX = ['state', 'postal_code'];
const TAX_IDS = ['eu_vat', 'gb_vat', 'ch_vat', 'no_vat', 'us_ein', 'ca_bn', 'au_abn', 'in_gst', 'jp_trn', 'nz_gst'];

// Draws the fields once; `change` sends what was typed and answers with a message when it was refused.
export function drawForm(page, change) {
  fill(byId('contact'),
    el('h2', {}, 'Contact'),
    page.email_fixed ? el('p', { class: 'fixed' }, page.email) : emailField(page, change),
    page.phone_number_collection.enabled ? field('phone', 'Phone number', { type: 'tel', autocomplete: 'tel', value: page.typed.phone }, ({ value }) => change({ phone: value })) : null,
    page.shipping_address_collection ? address('shipping', 'Shipping address', page, change) : null,
    wantsAddress(page) ? address('billing', 'Billing address', page, change) : null,
    page.tax_id_collection.enabled ? taxId(change) : null);
  fill(byId('answers'), page.custom_fields.map((one) => answer(one, change)), consents(page, change));
  byId('words').textContent = page.custom_text.submit?.message ?? '';
  const allowed = page.shipping_address_collection?.allowed_countries;
  for (const select of byId('contact').querySelectorAll('select[autocomplete$="country"]')) countries(select, allowed);
}

// What the button says: what happens when it is pressed.
export function payWords(page, session) {
  if (page.mode === 'setup') return 'Save card';
  if (page.mode === 'subscription') return page.trial_days ? 'Start trial' : 'Subscribe';
  return page.amount_total ? `Pay ${session.total.total.amount}` : 'Place order';
}

function emailField(page, change) {
  return field('email', 'Email', { type: 'email', autocomplete: 'email', required: true, value: page.email }, ({ value }) => change({ email: value.trim() }));
}

function wantsAddress(page) {
  return page.billing_address_collection === 'required' || (page.automatic_tax.enabled && !page.shipping_address_collection);
}

function address(kind, title, page, change) {
  const full = kind === 'shipping' || page.billing_address_collection === 'required';
  const known = (kind === 'shipping' ? page.typed.shipping?.address : page.typed.address) ?? {};
  const set = el('fieldset', { id: kind }, el('legend', {}, title));
  const send = () => change({ [`${kind}_address`]: typedAddress(set) });
  set.append(...[
    full ? field(`${kind}-name`, 'Full name', { autocomplete: `${kind} name`, name: 'name' }, send) : null,
    field(`${kind}-country`, 'Country', { autocomplete: `${kind} country`, name: 'country', value: known.country }, send, 'select'),
    ...LINES.filter(([name]) => full || FOR_TAX.includes(name)).map(([name, label, hint]) => (
      field(`${kind}-${name}`, label, { autocomplete: `${kind} ${hint}`, name, value: known[name] }, send))),
  ].filter(Boolean));
  return set;
}

function typedAddress(set) {
  const typed = Object.fromEntries([...set.querySelectorAll('input, select')].map((one) => [one.name, one.value.trim()]));
  const { name, ...lines } = typed;
  return { ...(name ? { name } : {}), address: lines };
}

function countries(select, allowed) {
  const chosen = select.dataset.value;
  fillCountries(select, 'en', chosen);
  if (select.id.startsWith('shipping') && allowed) {
    for (const option of [...select.options]) if (!allowed.includes(option.value)) option.remove();
  }
  // Nobody has said where they live before they chose, so tax is not reckoned from a guess.
  if (chosen) return;
  select.prepend(el('option', { value: '' }, 'Choose a country'));
  select.value = '';
}

function taxId(change) {
  const set = el('fieldset', { id: 'tax-id' }, el('legend', {}, 'Tax ID (optional)'));
  const send = () => {
    const [type, value, business] = [...set.querySelectorAll('input, select')].map((one) => one.value.trim());
    return change({ tax_ids: value ? [{ type, value }] : '', business_name: business });
  };
  set.append(
    field('tax-type', 'Type', {}, send, 'select'), field('tax-value', 'Number', {}, send),
    field('tax-business', 'Business name', { autocomplete: 'organization' }, send));
  fill(set.querySelector('select'), TAX_IDS.map((one) => el('option', { value: one }, one.replace('_', ' ').toUpperCase())));
  return set;
}

function answer(asked, change) {
  const limits = asked[asked.type];
  const label = `${asked.label.custom}${asked.optional ? ' (optional)' : ''}`;
  const send = ({ value }) => change({ custom_fields: { [asked.key]: value } });
  const attributes = asked.type === 'numeric' ? { inputmode: 'numeric' } : {};
  const row = field(`answer-${asked.key}`, label, { ...attributes, value: limits.value ?? limits.default_value }, send, asked.type === 'dropdown' ? 'select' : 'input');
  if (asked.type === 'dropdown') {
    const options = [{ value: '', label: 'Choose' }, ...limits.options];
    fill(row.querySelector('select'), options.map((one) => el('option', { value: one.value, selected: one.value === limits.value }, one.label)));
  }
  return row;
}

function consents(page, change) {
  const asked = page.consent_collection ?? {};
  const rows = [];
  const given = () => change({ consent: {
    terms_of_service: byId('terms')?.checked ? 'accepted' : '', promotions: byId('promotions')?.checked ? 'opt_in' : 'opt_out',
  } });
  if (asked.terms_of_service === 'required') rows.push(tick('terms', page.custom_text.terms_of_service_acceptance?.message ?? 'I agree to the terms of service', given));
  if (asked.promotions === 'auto') rows.push(tick('promotions', 'Send me news and offers by email', given));
  return rows;
}

function tick(id, label, send) {
  return el('div', { class: 'tick' }, el('input', { id, type: 'checkbox', onchange: send }), el('label', { for: id }, label));
}

// A labelled field whose refusal stands beneath it.
function field(id, label, { value, ...attributes }, send, tag = 'input') {
  const error = el('p', { class: 'error', id: `${id}-error`, role: 'alert' });
  const sent = async (event) => {
    const refused = await send(event.target);
    error.textContent = refused ?? '';
    event.target.setAttribute('aria-invalid', String(Boolean(refused)));
  };
  const shown = tag === 'select' ? { 'data-value': value } : { value };
  const input = el(tag, { id, 'aria-describedby': error.id, onchange: sent, ...attributes, ...shown });
  return el('div', { class: 'field' }, el('label', { for: id }, label), input, error);
}
