// The Payment Element inside its frame. The card number stays here: this file itself sends it to the API and hands
// only the outcome to the page.

import { wear } from './appearance.js';
import { serve, tell } from './bridge.js';
import { brandOf, checkCvc, checkExpiry, checkNumber, digitsOf, readExpiry, showExpiry, showNumber } from './card_rules.js';
import { fillCountries } from './countries.js';
import { chosen, draw } from './saved_cards.js';
import { post } from './stripe_api.js';

const by = (id) => document.getElementById(id);
const form = by('form');
const fields = { number: by('number'), expiry: by('expiry'), cvc: by('cvc') };
const checks = {
  number: () => checkNumber(fields.number.value),
  expiry: () => checkExpiry(fields.expiry.value),
  cvc: () => checkCvc(fields.cvc.value, fields.number.value),
};
let opening = {};
let session = { saved: [], features: null };

async function open(data) {
  opening = data;
  wear(data.appearance);
  fillCountries(by('country'), data.locale, data.defaultValues?.billingDetails?.address?.country);
  const answer = await load();
  if (answer.error) {
    tell('loaderror', { error: answer.error });
    return;
  }
  form.hidden = false;
  tell('ready');
}

async function load() {
  const answer = await post('/_sandbox/elements/session', {
    client_secret: opening.clientSecret,
    customer_session_client_secret: opening.customerSessionClientSecret,
  });
  if (answer.error) return answer;
  session = answer;
  const mayRemove = session.features?.payment_method_remove === 'enabled';
  draw(session.saved, changed, mayRemove ? remove : null);
  by('save-row').hidden = session.features?.payment_method_save !== 'enabled';
  changed();
  return answer;
}

async function remove(card) {
  const answer = await post('/_sandbox/elements/remove', {
    customer_session_client_secret: opening.customerSessionClientSecret,
    payment_method: card,
  });
  if (!answer.error) await load();
}

function changed() {
  const saved = chosen();
  by('card').hidden = saved !== null;
  const complete = saved !== null || Object.values(checks).every((check) => !check());
  const empty = saved === null && Object.values(fields).every((field) => field.value === '');
  tell('change', { complete, empty, collapsed: false, value: { type: 'card' } });
}

function show(name, error) {
  fields[name].setAttribute('aria-invalid', String(Boolean(error)));
  by(`${name}-error`).textContent = error?.message ?? '';
}

// Shows every mistake, goes to the first and returns it.
function validate() {
  if (chosen() !== null) return {};
  let first = null;
  for (const [name, check] of Object.entries(checks)) {
    const error = check();
    show(name, error);
    first ??= error && { name, error };
  }
  if (!first) return {};
  fields[first.name].focus();
  return { error: first.error };
}

async function confirm({ clientSecret, confirmParams }) {
  const wrong = validate();
  if (wrong.error) return wrong;
  const [intent] = clientSecret.split('_secret_');
  const setup = intent.startsWith('seti_');
  const { payment_method_data, ...params } = confirmParams;
  const body = await post(`/v1/${setup ? 'setup' : 'payment'}_intents/${intent}/confirm`, {
    key: opening.key, client_secret: clientSecret, use_stripe_sdk: true, ...params,
    ...method(payment_method_data), ...(setup ? {} : usage()),
  });
  return body.error ? { error: body.error } : { [setup ? 'setupIntent' : 'paymentIntent']: body };
}

async function createConfirmationToken({ params }) {
  const wrong = validate();
  if (wrong.error) return wrong;
  const { payment_method_data, ...more } = params;
  const kept = opening.setupFutureUsage ? { setup_future_usage: opening.setupFutureUsage } : usage();
  const body = await post('/v1/confirmation_tokens', { key: opening.key, ...more, ...kept, ...method(payment_method_data) });
  return body.error ? { error: body.error } : { confirmationToken: body };
}

// The card as a payment method: the saved one that is chosen, or a new one. Its number never leaves this frame.
async function createPaymentMethod({ params = {} }) {
  const wrong = validate();
  if (wrong.error) return wrong;
  const saved = chosen();
  if (saved !== null) return { paymentMethod: session.saved.find((card) => card.id === saved) };
  const body = await post('/v1/payment_methods', { key: opening.key, ...method(params).payment_method_data });
  return body.error ? { error: body.error } : { paymentMethod: body };
}

function method(given = {}) {
  const saved = chosen();
  if (saved !== null) return { payment_method: saved };
  const { month, year } = readExpiry(fields.expiry.value);
  const details = given.billing_details ?? {};
  const country = by('country').value;
  const data = {
    ...given,
    type: 'card',
    card: { number: digitsOf(fields.number.value), exp_month: month, exp_year: year, cvc: fields.cvc.value },
    billing_details: { ...details, address: { country, ...details.address } },
    allow_redisplay: redisplay(),
  };
  return { payment_method_data: data };
}

// Whether the payer agrees to see this card again: asked for, implied by what the card is kept for, or not known.
function redisplay() {
  if (by('save').checked) return 'always';
  const keeps = session.intent?.setup_future_usage ?? session.intent?.usage ?? opening.setupFutureUsage ?? opening.mode === 'setup';
  return session.features && keeps ? 'limited' : 'unspecified';
}

// What the ticked box asks for beside the payment itself.
function usage() {
  const asked = session.features?.payment_method_save_usage;
  return chosen() === null && by('save').checked && asked ? { setup_future_usage: asked } : {};
}

function format() {
  const { number, expiry, cvc } = fields;
  const brand = brandOf(digitsOf(number.value));
  by('brand').textContent = brand.name;
  cvc.value = digitsOf(cvc.value).slice(0, brand.cvc);
  if (document.activeElement === number && number.selectionStart === number.value.length) number.value = showNumber(number.value);
  if (document.activeElement === expiry && expiry.selectionStart === expiry.value.length) {
    // Taking a digit away must not put the slash back under the finger.
    expiry.value = expiry.value.endsWith(' /') ? expiry.value.slice(0, 2) : showExpiry(expiry.value);
  }
}

for (const [name, field] of Object.entries(fields)) {
  field.addEventListener('input', () => { format(); show(name, null); changed(); });
  field.addEventListener('blur', () => {
    if (name === 'number') field.value = showNumber(field.value);
    if (field.value) show(name, checks[name]());
  });
}
form.addEventListener('submit', (event) => event.preventDefault());
addEventListener('focusin', () => tell('focus'));
addEventListener('focusout', () => tell('blur'));
addEventListener('keydown', (event) => { if (event.key === 'Escape') tell('escape'); });
new ResizeObserver(() => tell('height', Math.ceil(form.getBoundingClientRect().height))).observe(form);

serve({
  open,
  validate,
  confirm,
  createConfirmationToken,
  createPaymentMethod,
  update: async (data) => {
    opening = data;
    wear(data.appearance);
    await load();
  },
  focus: () => fields.number.focus(),
  blur: () => document.activeElement?.blur(),
  clear: () => { form.reset(); changed(); },
});
