// Customers with their cards, and what they subscribed to, owe and are about to buy.

import { el } from './dom.js';
import { TONES, form, withCard } from './scenario.payments.js';
import { raw } from './scenario.rows.js';
import { ask, moment, money, press, shortened, words } from './scenario.wire.js';

export const customers = {
  id: 'customers',
  title: 'Customers',
  empty: 'No customer yet.',
  rows: (world) => world.customers,
  beside: cardsOf,
  total: (world) => world.totals.customers,
  head: (customer, world) => ({
    title: customer.name ?? customer.email ?? shortened(customer.id),
    note: [customer.name && customer.email, customer.id].filter(Boolean).join(' · '),
    state: cardsOf(customer, world).map(({ card }) => `…${card.last4}`).join(' '),
    at: moment(customer.created),
  }),
  inside(customer, world) {
    const about = customer.name ?? customer.email ?? shortened(customer.id);
    const to = (word) => () => ask(`customers/${customer.id}/${word}`, {});
    const cards = cardsOf(customer, world);
    const link = ({ url }) => el('a', { href: url, target: '_blank', rel: 'noopener' }, 'open the portal');
    return [
      el('div', { class: 'acts' },
        cards.length > 0 && press('Next payment declined', about, to('decline-next')),
        press('Portal link', about, to('portal'), { say: link }),
        press('Delete', about, to('delete'), { tone: 'danger', sure: `Delete ${about} and end what is subscribed to?` })),
      cards.map((method) => savedCard(method, world, about)),
      raw(customer),
    ];
  },
};

function savedCard({ id, card: { brand, last4 } }, world, about) {
  const behave = (card) => ask(`payment-methods/${id}/card`, { card });
  return el('div', { class: 'acts' }, el('span', {}, `${words(brand)} …${last4} now behaves like`),
    withCard(world.cards, 'Switch', `the card …${last4} of ${about}`, behave));
}

function cardsOf(customer, world) {
  return world.payment_methods.filter((method) => method.customer === customer.id && method.card);
}

export const subscriptions = {
  id: 'subscriptions',
  title: 'Subscriptions',
  empty: 'No subscription yet.',
  rows: (world) => world.subscriptions,
  beside: (_, world) => world.prices,
  total: (world) => world.totals.subscriptions,
  head(subscription, world) {
    const items = subscription.items.data;
    const ends = Math.min(...items.map((item) => item.current_period_end));
    const over = ['canceled', 'incomplete_expired'].includes(subscription.status);
    const stops = subscription.cancel_at_period_end || subscription.cancel_at;
    return {
      title: items.map((item) => nameOf(item.price, world)).join(', ') || shortened(subscription.id),
      note: whose(subscription.customer, world),
      amount: items.map((item) => priceTag(item.price, item.quantity)).join(', '),
      state: subscription.pause_collection ? 'collection paused' : words(subscription.status),
      tone: TONES[subscription.status] ?? 'wait',
      at: over ? '' : `${stops ? 'ends' : 'renews'} ${moment(subscription.cancel_at ?? ends)}`,
    };
  },
  inside(subscription, world) {
    const about = shortened(subscription.id);
    const to = (word, body) => () => ask(`subscriptions/${subscription.id}/${word}`, body);
    const act = (text, word, body = {}, more = {}) => press(text, about, to(word, body), more);
    const over = ['canceled', 'incomplete_expired'].includes(subscription.status);
    return [
      el('p', { class: 'id' }, subscription.id),
      !over && el('div', { class: 'acts' },
        act('Renew now', 'renew', {}, { tone: 'primary' }), act('Fail the renewal', 'fail-renewal'),
        subscription.status === 'trialing' && act('End the trial', 'end-trial'),
        act('Cancel at period end', 'cancel', { at_period_end: true }), act('Cancel now', 'cancel', {}, { tone: 'danger' })),
      !over && subscription.items.data.length === 1 && change(subscription, world, about),
      raw(subscription),
    ];
  },
};

function change(subscription, world, about) {
  const [item] = subscription.items.data;
  const prices = world.prices.filter((price) => price.active && price.recurring && price.currency === item.price.currency);
  const options = prices.map((price) =>
    el('option', { value: price.id, selected: price.id === item.price.id }, `${nameOf(price, world)}, ${priceTag(price)}`));
  const price = el('select', { name: 'price', 'aria-label': `New price of ${about}` }, options);
  const quantity = el('input', {
    type: 'number', name: 'quantity', min: 1, value: item.quantity ?? 1, 'aria-label': `New quantity of ${about}`,
  });
  const send = () => ask(`subscriptions/${subscription.id}/change`, { price: price.value, quantity: Number(quantity.value) });
  const button = el('button', { type: 'submit', 'data-key': 'change' }, 'Change plan');
  return el('div', { class: 'acts' }, form(`Change ${about}`, send, price, quantity, button));
}

export function nameOf(price, world) {
  return world.products.find((product) => product.id === price.product)?.name ?? price.nickname ?? shortened(price.id);
}

export function priceTag(price, quantity = 1) {
  const { interval, interval_count: count } = price.recurring ?? {};
  const rhythm = interval ? ` / ${count > 1 ? `${count} ` : ''}${interval}` : '';
  if (price.unit_amount === null) return `${price.billing_scheme === 'tiered' ? 'tiers' : price.unit_amount_decimal ?? 'custom'}${rhythm}`;
  return `${quantity > 1 ? `${quantity} × ` : ''}${money(price.unit_amount, price.currency)}${rhythm}`;
}

function whose(id, world) {
  const customer = world.customers.find((row) => row.id === id);
  return customer?.name ?? customer?.email ?? id ?? 'nobody yet';
}

export const invoices = {
  id: 'invoices',
  title: 'Invoices',
  empty: 'No invoice yet.',
  rows: (world) => world.invoices,
  total: (world) => world.totals.invoices,
  head: (invoice, world) => ({
    title: invoice.number ?? shortened(invoice.id),
    note: `${whose(invoice.customer, world)} · ${words(invoice.billing_reason ?? '')}`,
    amount: money(invoice.total, invoice.currency),
    state: words(invoice.status),
    tone: TONES[invoice.status] ?? 'wait',
    at: moment(invoice.created),
  }),
  inside: (invoice) => [
    el('div', { class: 'acts' },
      ['open', 'uncollectible'].includes(invoice.status)
        && press('Paid by other means', shortened(invoice.id), () => ask(`invoices/${invoice.id}/pay-out-of-band`, {})),
      invoice.hosted_invoice_url && el('a', { href: invoice.hosted_invoice_url }, 'Page'),
      invoice.invoice_pdf && el('a', { href: invoice.invoice_pdf }, 'PDF')),
    raw(invoice),
  ],
};

export const sessions = {
  id: 'sessions',
  title: 'Checkout sessions',
  empty: 'No Checkout session yet.',
  rows: (world) => world.sessions,
  total: (world) => world.totals.sessions,
  head: (session, world) => ({
    title: `${session.mode}, ${shortened(session.id)}`,
    note: whose(session.customer, world),
    amount: session.amount_total === null ? '' : money(session.amount_total, session.currency),
    state: [words(session.status), session.payment_status && words(session.payment_status)].filter(Boolean).join(', '),
    tone: TONES[session.status] ?? 'wait',
    at: moment(session.created),
  }),
  inside(session, world) {
    const about = shortened(session.id);
    return [
      session.status === 'open' && el('div', { class: 'acts' },
        withCard(world.cards, 'Pay and complete', about, (card) => ask(`sessions/${session.id}/complete`, { card })),
        press('Expire', about, () => ask(`sessions/${session.id}/expire`, {})),
        session.url && el('a', { href: session.url }, 'Page')),
      session.status === 'complete' && session.payment_status === 'unpaid' && el('div', { class: 'acts' },
        press('Debit succeeds', about, () => ask(`sessions/${session.id}/bank?outcome=succeed`, {})),
        press('Debit fails', about, () => ask(`sessions/${session.id}/bank?outcome=fail`, {}))),
      raw(session),
    ];
  },
};

export const catalogue = {
  id: 'catalogue',
  title: 'Catalogue',
  empty: 'No product yet.',
  rows: (world) => world.products,
  beside: pricesOf,
  total: (world) => world.totals.products,
  head: (product, world) => ({
    title: product.name,
    note: product.id,
    amount: pricesOf(product, world).filter((price) => price.active).map((price) => priceTag(price)).join(', '),
    state: product.active ? 'on sale' : 'archived',
    tone: product.active ? 'good' : 'soft',
    at: moment(product.created),
  }),
  inside: (product, world) => [
    el('div', { class: 'acts' }, archive('products', product, product.name)),
    pricesOf(product, world).map((price) => el('div', { class: 'acts' },
      el('span', {}, priceTag(price), ' ', el('small', {}, price.id)), archive('prices', price, priceTag(price)))),
    raw(product),
  ],
};

function archive(kind, thing, name) {
  const text = thing.active ? 'Archive' : 'Bring back';
  return press(text, name, () => ask(`${kind}/${thing.id}/archive?active=${!thing.active}`, {}), { key: thing.id });
}

function pricesOf(product, world) {
  return world.prices.filter((price) => price.product === product.id);
}
