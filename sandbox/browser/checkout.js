// The page of a Checkout Session: on its own, in a seller's page, or as the form of one. It is a client of our stripe.js
// like any shop; the card stays in the payment frame.

import { framed, serve, tell } from './bridge.js';
import { drawForm, payWords } from './checkout_form.js';
import { drawSummary, listenForCodes } from './checkout_summary.js';
import { heard, hostedOpening } from './checkout_wire.js';
import { byId } from './dom.js';

// The card's frame in the colours of this page.
const LIGHT = { colorPrimary: '#4b47c9' };
const DARK = { colorPrimary: '#a5a2ff', colorBackground: '#1d2027', colorText: '#eceef2' };
const night = matchMedia('(prefers-color-scheme: dark)');
let manner = 'hosted';
let checkout = null;
let actions = null;
let drawn = null;
let finished = false;
// What was typed last must have arrived before anybody pays.
let sending = Promise.resolve();

async function open(opening) {
  if (opening.error) return notice('This page cannot be shown', opening.error.message);
  manner = opening.manner;
  document.body.dataset.manner = manner;
  const options = { clientSecret: opening.clientSecret, elementsOptions: { appearance: look(opening.appearance) } };
  checkout = globalThis.Stripe(opening.key, { locale: 'en' }).initCheckoutElementsSdk(options);
  const loaded = await checkout.loadActions();
  if (loaded.type === 'error') return notice('This page cannot be shown', loaded.error.message);
  actions = loaded.actions;
  checkout.on('change', draw);
  if (checkout.page.status === 'open') begin();
  draw();
  return tell('ready');
}

function begin() {
  const { page } = checkout;
  document.title = page.branding_settings.display_name;
  byId('page').hidden = false;
  drawForm(page, change);
  listenForCodes(change);
  const cancel = byId('cancel');
  if (page.cancel_url) Object.assign(cancel, { href: page.cancel_url, hidden: false });
  checkout.createPaymentElement().mount('#card');
  checkout.getPaymentElement().on('ready', () => { byId('pay').disabled = false; });
  byId('form').addEventListener('submit', (event) => {
    event.preventDefault();
    if (manner === 'form') tell('confirm');
    else pay();
  });
}

function draw() {
  const { page } = checkout;
  if (page === drawn || finished) return;
  drawn = page;
  if (page.status !== 'open') {
    over(page);
    return;
  }
  drawSummary(checkout, change);
  const free = page.mode !== 'setup' && !page.amount_total && page.payment_method_collection !== 'always';
  byId('card').hidden = free;
  byId('card-title').hidden = free;
  byId('pay').textContent = payWords(page, checkout.session());
}

// Sends what the payer typed; the answer is the sentence of a refusal, or null.
function change(told) {
  sending = sending.then(async () => {
    const answer = await checkout.tell(told);
    if (!answer.error) tell('session');
    return answer.error?.message ?? null;
  });
  return sending;
}

async function pay() {
  busy(true);
  await sending;
  const answer = await actions.confirm({ redirect: 'if_required' });
  if (answer.type === 'error') {
    failed(answer.error.message);
    return;
  }
  finished = true;
  byId('pay').textContent = 'Paid, one moment …';
  await heard(checkout);
  await leave(checkout.page);
}

async function leave(page) {
  if (manner === 'hosted' && page.goes_to) {
    location.assign(page.goes_to);
    return;
  }
  const goesTo = page.redirect_on_completion === 'always' ? page.goes_to : null;
  if (!goesTo) over(page);
  tell('complete', { goesTo });
}

function over(page) {
  const expired = page.status === 'expired';
  const thanks = page.mode === 'setup' ? 'Your card is saved' : 'Thank you, your order is complete';
  notice(expired ? 'This page has expired' : thanks, expired ? 'Go back to the shop and begin again.' : 'You can close this page.');
  const back = expired ? page.cancel_url : page.goes_to;
  if (back && manner === 'hosted') Object.assign(byId('notice-link'), { href: back, hidden: false });
}

function notice(title, text) {
  byId('page').hidden = true;
  byId('notice').hidden = false;
  byId('notice-title').textContent = title;
  byId('notice-text').textContent = text;
  byId('notice-title').focus();
}

function busy(is) {
  byId('pay').disabled = is;
  byId('form').setAttribute('aria-busy', String(is));
  if (is) byId('error').textContent = '';
}

function failed(message) {
  busy(false);
  byId('error').textContent = message;
}

// For the page that holds the form: the payment method of what is typed here.
async function prepare() {
  busy(true);
  await sending;
  const made = await checkout.prepared();
  if (made.error) failed(made.error.message);
  return made;
}

async function tried({ message }) {
  await checkout.refresh();
  if (message) failed(message);
}

function look(given) {
  const { theme, ours } = night.matches ? { theme: 'night', ours: DARK } : { theme: 'stripe', ours: LIGHT };
  return { theme, ...given, variables: { borderRadius: '8px', ...(given?.theme ? {} : ours), ...given?.variables } };
}

night.addEventListener('change', () => checkout?.changeAppearance(look()));
new ResizeObserver(() => tell('height', Math.ceil(document.body.getBoundingClientRect().height))).observe(document.body);
addEventListener('keydown', (event) => { if (event.key === 'Escape') tell('escape'); });
if (framed) {
  const validate = async () => ({ error: (await actions.validateElements()).error });
  serve({ open, prepare, tried, validate, wear: ({ appearance }) => checkout?.changeAppearance(look(appearance)) });
} else {
  open(await hostedOpening());
}
