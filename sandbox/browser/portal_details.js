// Name, addresses and tax ids, as far as the seller lets them be changed.

import { fillCountries } from './countries.js';
import { el } from './dom.js';
import { field, step } from './portal_step.js';
import { capital } from './portal_wire.js';

const TAX_IDS = {
  eu_vat: 'EU VAT number', gb_vat: 'UK VAT number', us_ein: 'US EIN', ch_vat: 'Swiss VAT number', no_vat: 'Norwegian VAT number',
  au_abn: 'Australian Business Number', ca_bn: 'Canadian BN', in_gst: 'Indian GST number', jp_cn: 'Japanese Corporate Number',
  nz_gst: 'New Zealand GST number', sg_gst: 'Singaporean GST number', za_vat: 'South African VAT number', br_cnpj: 'Brazilian CNPJ',
  mx_rfc: 'Mexican RFC',
};
const LINES = [
  ['line1', 'Address', 'address-line1'], ['line2', 'Flat, floor (optional)', 'address-line2'], ['city', 'City', 'address-level2'],
  ['state', 'State or region', 'address-level1'], ['postal_code', 'Postal code', 'postal-code'],
];

export function detailsSection(portal) {
  const { features, customer } = portal.shown;
  if (!features.customer_update.enabled) return null;
  const rows = [
    ['Name', customer.name], ['E-mail', customer.email], ['Phone', customer.phone], ['Address', written(customer.address)],
    ['Shipping', written(customer.shipping?.address)],
    ['Tax IDs', customer.tax_ids.map((row) => row.value).join(', ')],
  ].filter(([, value]) => value);
  return el('section', { 'aria-labelledby': 'details' },
    el('h2', { id: 'details' }, 'Billing details'),
    rows.length ? el('dl', {}, rows.map(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]))
      : el('p', { class: 'soft' }, 'Nothing is known yet.'),
    el('div', { class: 'row' }, el('button', { type: 'button', onclick: () => portal.go('details') }, 'Change details')));
}

function written(address) {
  if (!address) return '';
  const { line1, line2, postal_code: code, city, state, country } = address;
  return [line1, line2, [code, city].filter(Boolean).join(' '), state, country].filter(Boolean).join(', ');
}

export function detailsView(portal) {
  const { features, customer } = portal.shown;
  const allowed = new Set(features.customer_update.allowed_updates);
  const plain = ['name', 'email', 'phone', 'address', 'shipping'].filter((name) => allowed.has(name));
  const form = step(portal, {
    body: [
      allowed.has('name') && field('Name', 'name', { value: customer.name, autocomplete: 'name' }),
      allowed.has('email') && field('E-mail address', 'email', { type: 'email', value: customer.email, autocomplete: 'email' }),
      allowed.has('phone') && field('Phone', 'phone', { type: 'tel', value: customer.phone, autocomplete: 'tel' }),
      allowed.has('address') && addressFields('Billing address', 'address', customer.address),
      allowed.has('shipping') && addressFields('Shipping address', 'shipping', customer.shipping?.address, customer.shipping?.name ?? customer.name),
    ],
    action: 'Save',
    act: async (fields) => {
      await portal.act('details', { details: told(fields, plain) });
      portal.finish('Your details were saved.');
    },
  });
  const ids = allowed.has('tax_id') && taxIds(portal, plain.length === 0);
  return { title: 'Billing details', content: [plain.length > 0 && form, ids] };
}

// An empty field unsets what stood there; an address is replaced as a whole, and is none without a line.
function told(fields, allowed) {
  const details = {};
  for (const name of allowed) {
    if (name === 'address') details.address = address(fields, 'address');
    else if (name === 'shipping') details.shipping = shipping(fields);
    else details[name] = fields.get(name).trim() || null;
  }
  return details;
}

function shipping(fields) {
  const to = address(fields, 'shipping');
  return to && { name: fields.get('shipping.name').trim(), address: to };
}

function address(fields, part) {
  const lines = LINES.map(([name]) => [name, fields.get(`${part}.${name}`).trim()]).filter(([, value]) => value);
  return lines.length ? { ...Object.fromEntries(lines), country: fields.get(`${part}.country`) } : null;
}

function addressFields(legend, part, held, name) {
  const country = el('select', { name: `${part}.country`, autocomplete: part === 'shipping' ? 'shipping country' : 'billing country' });
  fillCountries(country, 'en', held?.country);
  const kind = part === 'shipping' ? 'shipping' : 'billing';
  return el('fieldset', {}, el('legend', {}, legend),
    name !== undefined && field('Name', `${part}.name`, { value: name, autocomplete: 'shipping name' }),
    LINES.map(([line, label, fill]) => field(label, `${part}.${line}`, { value: held?.[line], autocomplete: `${kind} ${fill}` })),
    el('label', { class: 'field' }, el('span', {}, 'Country'), country));
}

function taxIds(portal, alone) {
  const { tax_ids: rows } = portal.shown.customer;
  const remove = (row) => el('button', {
    type: 'button', class: 'quiet', 'aria-label': `Remove: ${row.value}`,
    onclick: ({ target }) => takeAway(portal, target, row),
  }, 'Remove');
  const kinds = Object.entries(TAX_IDS).map(([value, label]) => el('option', { value }, label));
  const form = step(portal, {
    body: el('div', { class: 'pair' },
      el('label', { class: 'field' }, el('span', {}, 'Kind'), el('select', { name: 'type' }, kinds)),
      field('Number', 'value', { required: true, autocomplete: 'off' })),
    action: 'Add tax ID',
    tone: '',
    back: alone ? 'Go back' : null,
    act: async (fields) => {
      await portal.act('tax-id', { details: { type: fields.get('type'), value: fields.get('value').trim() } });
      if (alone) portal.finish('The tax ID was added.');
      else again(portal, 'The tax ID was added.');
    },
  });
  return el('section', { 'aria-labelledby': 'tax-ids' }, el('h2', { id: 'tax-ids' }, 'Tax IDs'),
    rows.length > 0 && el('ul', { class: 'list' }, rows.map((row) => el('li', {},
      el('span', {}, el('strong', {}, row.value), el('small', {}, TAX_IDS[row.type] ?? capital(row.type.replaceAll('_', ' ')))),
      el('span', { class: 'acts' }, remove(row))))),
    form);
}

async function takeAway(portal, pressed, row) {
  pressed.disabled = true;
  try {
    await portal.act('remove-tax-id', { tax_id: row.id });
    again(portal, 'The tax ID was removed.');
  } catch (trouble) {
    if (trouble.code !== 'session_expired') again(portal, trouble.message);
  }
}

function again(portal, said) {
  portal.said = said;
  portal.go('details');
}
