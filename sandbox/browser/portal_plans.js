// The customer's subscriptions: what each costs, what comes next for it, and what may be done about it.

import { el } from './dom.js';
import { cost, day, endOf, nameOf, periodEnd, planOf } from './portal_wire.js';

const STATES = {
  active: ['Active', 'good'], trialing: ['Trial', 'good'], past_due: ['Payment overdue', 'bad'], unpaid: ['Unpaid', 'bad'],
  paused: ['Paused', 'wait'], canceled: ['Ended', 'soft'],
};

export function planSection(portal) {
  const { subscriptions } = portal.shown;
  if (!subscriptions.length) return null;
  const living = subscriptions.filter((row) => !row.over);
  const over = subscriptions.filter((row) => row.over);
  return el('section', { 'aria-labelledby': 'plans' },
    el('h2', { id: 'plans' }, subscriptions.length === 1 ? 'Your plan' : 'Your plans'),
    living.map((row) => plan(portal, row)),
    over.length > 0 && el('details', { open: living.length === 0 },
      el('summary', {}, `Ended (${over.length})`), over.map((row) => plan(portal, row))));
}

function plan(portal, subscription) {
  const { shown } = portal;
  const [state, tone] = stateOf(subscription);
  return el('article', { class: 'plan', 'aria-label': planOf(shown, subscription) },
    el('div', { class: 'between' }, el('h3', {}, planOf(shown, subscription)), el('span', { class: `badge ${tone}` }, state)),
    subscription.items.data.map((item) => el('p', { class: 'price' },
      subscription.items.data.length > 1 ? `${nameOf(shown, item.price)}: ` : '',
      cost(item.price, item.quantity), item.quantity > 1 && el('small', {}, ` for ${item.quantity}`))),
    el('p', { class: 'soft' }, comesNext(shown, subscription)),
    subscription.schedule && el('p', { class: 'soft' }, 'Your new plan begins when this period ends.'),
    subscription.discounts.length > 0 && el('p', { class: 'soft' }, 'A discount is applied.'),
    el('div', { class: 'row' }, acts(portal, subscription)));
}

function stateOf(subscription) {
  if (subscription.status === 'canceled') return STATES.canceled;
  if (endOf(subscription)) return ['Ends soon', 'wait'];
  return subscription.pause_collection ? STATES.paused : STATES[subscription.status] ?? [subscription.status, 'soft'];
}

function comesNext(shown, subscription) {
  if (subscription.over) return subscription.ended_at ? `Ended on ${day(subscription.ended_at)}.` : 'Ended.';
  if (endOf(subscription)) return `Ends on ${day(endOf(subscription))}. You can use it until then.`;
  if (subscription.status === 'paused') return 'Nothing is billed until you resume it.';
  if (subscription.pause_collection) {
    const until = subscription.pause_collection.resumes_at;
    return until ? `Nothing is billed until ${day(until)}.` : 'Nothing is billed until you resume it.';
  }
  if (subscription.status === 'trialing') return `Free until ${day(subscription.trial_end)}, billed from then on.`;
  if (subscription.status === 'past_due' || subscription.status === 'unpaid') return 'The last payment did not go through.';
  return `Renews on ${day(periodEnd(subscription))}${payer(shown, subscription)}.`;
}

function payer(shown, subscription) {
  const id = subscription.default_payment_method ?? shown.customer.default_payment_method;
  const card = shown.payment_methods.find((row) => row.id === id)?.card;
  return card ? `, paid with the card ending in ${card.last4}` : '';
}

function acts(portal, subscription) {
  const { features } = portal.shown;
  const { id } = subscription;
  if (subscription.over) return [];
  const name = planOf(portal.shown, subscription);
  const now = (text, act, said) => button(text, name, async (event) => doNow(portal, event.target, act, id, said));
  const go = (text, place) => button(text, name, () => portal.go(`${place}/${id}`));
  const ends = endOf(subscription) !== null;
  const halted = subscription.status === 'paused' || subscription.pause_collection;
  const bill = openBill(portal.shown, id);
  return [
    bill && el('a', { class: 'button primary', href: bill.hosted_invoice_url, 'aria-label': `Pay what is open for ${name}` }, 'Pay now'),
    features.subscription_update.enabled && !subscription.fixed && !ends && go('Change plan', 'change'),
    features.subscription_pause.enabled && halted && now('Resume', 'resume', 'Your plan goes on.'),
    features.subscription_pause.enabled && !halted && !ends && go('Pause', 'pause'),
    features.subscription_cancel.enabled && ends && now('Keep my plan', 'keep', 'Your plan goes on; nothing was cancelled.'),
    features.subscription_cancel.enabled && !ends && go('Cancel plan', 'cancel'),
  ];
}

function openBill(shown, id) {
  return shown.invoices.find((row) => row.status === 'open' && row.parent?.subscription_details?.subscription === id);
}

const button = (text, about, onclick) => el('button', { type: 'button', 'aria-label': `${text}: ${about}`, onclick }, text);

async function doNow(portal, pressed, act, subscription, said) {
  pressed.disabled = true;
  try {
    await portal.act(act, { subscription });
    portal.home(said);
  } catch (trouble) {
    if (trouble.code !== 'session_expired') portal.home(trouble.message);
  }
}
