// Another plan or quantity: first the choice, then what it costs, then the button.

import { el, fill } from './dom.js';
import { money } from './money.js';
import { choices, field, step } from './portal_step.js';
import { cost, day, nameOf, periodEnd, planOf } from './portal_wire.js';

export function changeView(portal, id) {
  const subscription = portal.subscription(id);
  const [item] = subscription.items.data;
  const allowed = portal.shown.features.subscription_update.default_allowed_updates;
  const rows = offers(portal.shown, item).map((price) => ({
    value: price.id,
    label: [nameOf(portal.shown, price), price.id === item.price.id && el('em', {}, ' (your plan)')],
    note: [cost(price), portal.shown.products[price.product]?.description && ` · ${portal.shown.products[price.product].description}`],
    checked: price.id === item.price.id,
  }));
  const quantity = el('div');
  const content = step(portal, {
    lead: subscription.fixed ?? `You have ${planOf(portal.shown, subscription)}, ${cost(item.price, item.quantity)}.`,
    body: [
      allowed.includes('price') && choices('Choose a plan', 'price', rows, { onchange: ({ target }) => drawQuantity(target.value) }),
      quantity,
      allowed.includes('promotion_code') && field('Promotion code (optional)', 'code', { autocomplete: 'off' }),
    ],
    action: 'Continue',
    act: (fields) => look(portal, subscription, {
      price: fields.get('price'),
      // Without a number the new plan would begin with one of it, whatever there was before.
      quantity: fields.has('quantity') ? Number(fields.get('quantity')) : item.quantity ?? null,
      promotion_code: fields.get('code')?.trim() || null,
    }),
  });
  function drawQuantity(priceId) {
    const price = portal.shown.prices.find((row) => row.id === priceId);
    const limits = price?.adjustable_quantity;
    const shown = allowed.includes('quantity') && limits?.enabled;
    const typed = content.querySelector('[name=quantity]')?.value ?? item.quantity;
    fill(quantity, shown && field('Quantity', 'quantity',
      { type: 'number', min: limits.minimum, max: limits.maximum, value: typed, required: true, class: 'field short' }));
  }
  drawQuantity(item.price.id);
  return { title: 'Change plan', content };
}

// The seller has chosen already; the customer only confirms.
export async function confirmChange(portal, id) {
  const { price, quantity } = portal.shown.session.flow.subscription_update_confirm.items[0];
  await look(portal, portal.subscription(id), { price, quantity, promotion_code: null });
}

export function confirmView(portal, id) {
  const place = el('div', { 'aria-busy': 'true' }, el('p', { class: 'soft' }, 'One moment …'));
  if (portal.shown.session.flow?.subscription_update_confirm?.subscription !== id) return changeView(portal, id);
  confirmChange(portal, id).catch((trouble) => {
    fill(place, el('p', { class: 'alert', role: 'alert' }, trouble.message),
      el('button', { type: 'button', onclick: () => portal.leave() }, 'Go back')).removeAttribute('aria-busy');
  });
  return { title: 'Confirm your change', content: place };
}

// Plans in the subscription's currency.
function offers(shown, item) {
  return shown.prices.filter((price) => price.currency === item.price.currency);
}

async function look(portal, subscription, chosen) {
  const [item] = subscription.items.data;
  const same = [null, item.price.id].includes(chosen.price) && [null, item.quantity].includes(chosen.quantity);
  if (same && !chosen.promotion_code && !portal.shown.session.flow?.subscription_update_confirm) {
    throw new Error('Choose another plan or quantity first.');
  }
  const wish = { subscription: subscription.id, ...chosen };
  const preview = await portal.act('preview', wish);
  portal.show(review(portal, subscription, wish, preview));
}

function review(portal, subscription, wish, { invoice, takes_effect: effect, proration_date: moment }) {
  const [item] = subscription.items.data;
  const price = portal.shown.prices.find((row) => row.id === wish.price) ?? item.price;
  const later = effect === 'period_end';
  const end = day(periodEnd(subscription));
  const paysNow = !later && !invoice.next_payment_attempt && invoice.amount_due > 0;
  const content = step(portal, {
    lead: later ? `Your new plan begins on ${end}; until then nothing changes.` : 'Your new plan begins at once.',
    body: [
      el('p', { class: 'box' }, el('strong', {}, nameOf(portal.shown, price)), el('small', {}, cost(price, wish.quantity ?? item.quantity))),
      bill(invoice, due(invoice, later, end)),
    ],
    action: paysNow ? `Confirm and pay ${money(invoice.amount_due, invoice.currency)}` : 'Confirm',
    act: async () => {
      await portal.act('change', later ? wish : { ...wish, proration_date: moment });
      portal.finish(later ? `Your plan changes on ${end}.` : 'Your plan was changed.');
    },
  });
  return { title: 'Confirm your change', content };
}

// Only an invoice of the next renewal has a day on which it will be tried.
function due(invoice, later, end) {
  if (later) return `Billed on ${end}`;
  return invoice.next_payment_attempt ? `Next invoice, ${day(invoice.next_payment_attempt)}` : 'Due now';
}

function bill(invoice, label) {
  const line = (text, amount, kind = null) =>
    el('tr', { class: kind }, el('th', { scope: 'row' }, text), el('td', { class: 'num' }, money(amount, invoice.currency)));
  const discount = (invoice.total_discount_amounts ?? []).reduce((sum, row) => sum + row.amount, 0);
  const tax = (invoice.total_taxes ?? []).reduce((sum, row) => sum + row.amount, 0);
  const credit = invoice.amount_due - invoice.total;
  return el('table', { class: 'bill' }, el('caption', { class: 'unseen' }, 'What this change costs'), el('tbody', {},
    invoice.lines.data.map((row) => line(row.description, row.amount)),
    discount > 0 && line('Discount', -discount),
    tax > 0 && line('Tax', tax),
    credit !== 0 && line(credit > 0 ? 'Kept for later invoices' : 'Credit from earlier', credit),
    line(label, invoice.amount_due, 'total')));
}
