// The Payment Element inside its frame. Card and account numbers stay here: this file itself sends them to the API and
// hands only the outcome to the page.

import { wear } from './appearance.js';
import { bankPanels, prefill } from './bank_panel.js';
import { serve, tell } from './bridge.js';
import { cardPanel } from './card_panel.js';
import { fillCountries } from './countries.js';
import { afterPress, byId } from './dom.js';
import { drawTypes, manyTypes, pickedType } from './payment_types.js';
import { chosen, draw } from './saved_cards.js';
import { post } from './stripe_api.js';

const form = byId('form');
const panels = [cardPanel, ...bankPanels];
const panel = () => panels.find((one) => one.type === pickedType()) ?? cardPanel;
let opening = {};
let session = { saved: [], features: null };

async function open(data) {
  opening = data;
  wear(data.appearance);
  const details = data.defaultValues?.billingDetails;
  fillCountries(byId('country'), data.locale, details?.address?.country);
  prefill(details);
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
  drawTypes(session.intent?.payment_method_types ?? opening.types ?? ['card'], opening.paymentMethodOrder, changed);
  draw(session.saved, changed, { onRemove: mayRemove ? remove : null, fresh: manyTypes() ? 'New payment method' : 'New card' });
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
  const shown = panel();
  const checks = shown.checks();
  byId('new').hidden = saved !== null;
  for (const one of panels) one.place.hidden = one.place !== shown.place;
  shown.draw(opening);
  byId('save-row').hidden = shown.type !== 'card' || session.features?.payment_method_save !== 'enabled';
  const complete = saved !== null || Object.values(checks).every((check) => !check());
  const empty = saved === null && Object.keys(checks).every((name) => byId(name).value === '');
  tell('change', { complete, empty, collapsed: false, value: { type: typeNow() } });
}

const typeNow = () => (chosen() === null ? panel().type : 'card');

function show(name, error) {
  byId(name).setAttribute('aria-invalid', String(Boolean(error)));
  byId(`${name}-error`).textContent = error?.message ?? '';
}

// Shows every mistake, goes to the first and returns it.
function validate() {
  if (chosen() !== null) return { type: 'card' };
  let first = null;
  for (const [name, check] of Object.entries(panel().checks())) {
    const error = check();
    show(name, error);
    first ??= error && { name, error };
  }
  if (!first) return { type: typeNow() };
  byId(first.name).focus();
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

// What was typed as a payment method: the saved card that is chosen, or a new one. No number ever leaves this frame.
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
  const { type, data, billing } = panel();
  const known = Object.entries(given.billing_details ?? {}).filter(([, value]) => value !== undefined && value !== null);
  const details = { ...billing(), ...Object.fromEntries(known) };
  const address = { ...billing().address, ...details.address };
  const kept = { ...given, type, ...data(), billing_details: { ...details, address }, allow_redisplay: redisplay() };
  return { payment_method_data: kept };
}

// Whether the payer agrees to see this card again: asked for, implied by what the card is kept for, or not known.
function redisplay() {
  if (saving()) return 'always';
  const keeps = session.intent?.setup_future_usage ?? session.intent?.usage ?? opening.setupFutureUsage ?? opening.mode === 'setup';
  return session.features && keeps ? 'limited' : 'unspecified';
}

const saving = () => panel().type === 'card' && byId('save').checked;

// What the ticked box asks for beside the payment itself.
function usage() {
  const asked = session.features?.payment_method_save_usage;
  return chosen() === null && saving() && asked ? { setup_future_usage: asked } : {};
}

for (const field of form.querySelectorAll('#card input:not([type="checkbox"]), #bank input')) {
  field.addEventListener('input', () => { panel().format(); show(field.id, null); changed(); });
  field.addEventListener('blur', () => {
    panel().left();
    if (field.value) afterPress(() => show(field.id, panel().checks()[field.id]?.()));
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
  focus: () => byId(Object.keys(panel().checks())[0]).focus(),
  blur: () => document.activeElement?.blur(),
  clear: () => { form.reset(); changed(); },
});
