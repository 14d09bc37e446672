// Payment methods: which there are, which one is charged, and a new one through the Payment Element.

import { el, fill } from './dom.js';
import { step } from './portal_step.js';
import { methodName } from './portal_wire.js';

export function cardSection(portal) {
  const { features, payment_methods: methods, customer } = portal.shown;
  if (!features.payment_method_update.enabled) return null;
  const usual = customer.default_payment_method;
  return el('section', { 'aria-labelledby': 'cards' },
    el('h2', { id: 'cards' }, 'Payment methods'),
    methods.length ? el('ul', { class: 'list' }, methods.map((row) => method(portal, row, row.id === usual)))
      : el('p', { class: 'soft' }, 'No payment method yet.'),
    el('div', { class: 'row' }, el('button', { type: 'button', onclick: () => portal.go('card') }, 'Add payment method')));
}

function method(portal, row, usual) {
  const name = methodName(row);
  const expired = row.card && isOver(row.card, portal.shown.now);
  const act = (text, which, said) => el('button', {
    type: 'button', class: 'quiet', 'aria-label': `${text}: ${name}`,
    onclick: ({ target }) => doNow(portal, target, which, row.id, said),
  }, text);
  return el('li', {},
    el('span', {}, el('strong', {}, name),
      row.card && el('small', { class: expired ? 'bad' : null },
        `${expired ? 'Expired' : 'Expires'} ${String(row.card.exp_month).padStart(2, '0')}/${row.card.exp_year}`)),
    usual && el('span', { class: 'badge good' }, 'Default'),
    el('span', { class: 'acts' },
      !usual && act('Make default', 'prefer-card', `${name} is charged from now on.`),
      act('Remove', 'remove-card', `${name} was removed.`)));
}

function isOver({ exp_month: month, exp_year: year }, now) {
  return Date.UTC(year, month) / 1000 <= now;
}

async function doNow(portal, pressed, which, id, said) {
  pressed.disabled = true;
  try {
    await portal.act(which, { payment_method: id });
    portal.home(said);
  } catch (trouble) {
    if (trouble.code !== 'session_expired') portal.home(trouble.message);
  }
}

export function cardView(portal) {
  const place = el('div', { class: 'element', 'aria-busy': 'true' }, el('p', { class: 'soft' }, 'One moment …'));
  const first = !portal.shown.customer.default_payment_method || portal.shown.session.flow?.type === 'payment_method_update';
  const opened = {};
  const content = step(portal, {
    body: [place, el('label', { class: 'check' },
      el('input', { type: 'checkbox', name: 'usual', checked: first }), el('span', {}, 'Charge this one from now on'))],
    action: 'Save payment method',
    act: async (fields) => {
      if (!opened.elements) throw new Error('The fields are not there yet. Wait a moment and try again.');
      const { error, setupIntent } = await opened.stripe.confirmSetup({
        elements: opened.elements, redirect: 'if_required', confirmParams: { return_url: location.href },
      });
      if (error) throw new Error(error.message);
      // Reading the state again is part of the act, so the new method shows either way.
      if (fields.has('usual')) await portal.act('prefer-card', { payment_method: setupIntent.payment_method });
      else await portal.refresh();
      portal.finish('Your payment method was saved.');
    },
  });
  mount(portal, place, opened).catch((trouble) => {
    fill(place, el('p', { class: 'alert', role: 'alert' }, trouble.message));
  });
  return { title: 'Add payment method', content };
}

async function mount(portal, place, opened) {
  const { client_secret: clientSecret } = await portal.act('new-card');
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const look = getComputedStyle(document.documentElement);
  const colour = (name) => look.getPropertyValue(name).trim();
  const stripe = globalThis.Stripe(portal.shown.publishable_key, { locale: 'en' });
  const variables = { colorPrimary: colour('--accent'), colorBackground: colour('--paper'), colorText: colour('--ink'), borderRadius: '8px' };
  const elements = stripe.elements({ clientSecret, appearance: { theme: dark ? 'night' : 'stripe', variables } });
  place.replaceChildren();
  const element = elements.create('payment', { layout: 'tabs' });
  element.on('ready', () => {
    place.removeAttribute('aria-busy');
    Object.assign(opened, { stripe, elements });
  });
  element.on('loaderror', ({ error }) => fill(place, el('p', { class: 'alert', role: 'alert' }, error.message)));
  element.mount(place);
}
