// What the portal's pages ask of the sandbox, and how prices, dates and cards are put into words.

import { decimals, money } from './money.js';

const LAST = encodeURIComponent(location.pathname.split('/').at(-1));
const DAY = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' });
const KINDS = {
  us_bank_account: 'Bank account', sepa_debit: 'SEPA direct debit', bacs_debit: 'Bacs direct debit', link: 'Link', paypal: 'PayPal',
};

// A refusal of the sandbox; `code` is Stripe's, `told` everything it said.
export class Trouble extends Error {
  constructor(message, code, told = {}) {
    super(message);
    this.code = code;
    this.told = told;
  }
}

export const load = () => ask(`portal/${LAST}`);
export const carryOut = (name, wish) => ask(`portal/${LAST}/act/${name}`, wish);
export const recover = (email) => ask(`portal/${LAST}/recover`, { email });
export const signIn = (email) => ask(`portal-login/${LAST}`, { email });

// A browser keeps a 410 for good, and a link that ran out may be given back: nothing is ever taken from its cache.
async function ask(path, body) {
  const options = body === undefined ? { cache: 'no-store' } : {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
  };
  let answer;
  try {
    answer = await fetch(`/_sandbox/${path}`, options);
  } catch {
    throw new Trouble('Nobody answers. Look at your connection and try again.', 'no_answer');
  }
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return told;
  throw new Trouble(told.error?.message ?? `Something went wrong (${answer.status}). Please try again.`, told.error?.code, told.error);
}

export const day = (seconds) => DAY.format(new Date(seconds * 1000));

// "$10.00 per month", "$30.00 every 3 months"; a price without one amount says what it depends on.
export function cost(price, quantity = 1) {
  const rhythm = every(price.recurring);
  if (price.recurring?.usage_type === 'metered') return `Priced by usage, billed ${rhythm}`;
  if (price.billing_scheme === 'tiered') return `Priced by quantity, billed ${rhythm}`;
  if (price.unit_amount === null) {
    const unit = `${price.currency.toUpperCase()}${decimals(price.currency) ? ' cents' : ''}`;
    return `${price.unit_amount_decimal} ${unit} each ${rhythm}`;
  }
  return `${money(price.unit_amount * quantity, price.currency)} ${rhythm}`;
}

export function every({ interval, interval_count: count }) {
  return count === 1 ? `per ${interval}` : `every ${count} ${interval}s`;
}

// What a coupon takes off: "20% off your next invoice", "$5.00 off each invoice for 3 months".
export function worth({ percent_off: percent, amount_off: amount, currency, duration, duration_in_months: months }) {
  const off = percent ? `${percent}%` : money(amount, currency);
  if (duration === 'once') return `${off} off your next invoice`;
  if (duration === 'forever') return `${off} off every invoice`;
  return `${off} off each invoice for ${months === 1 ? 'one month' : `${months} months`}`;
}

export function nameOf(shown, price) {
  return shown.products[price.product]?.name ?? price.nickname ?? 'Plan';
}

// What a subscription is for, in one line.
export function planOf(shown, subscription) {
  return subscription.items.data.map((item) => nameOf(shown, item.price)).join(', ');
}

export function methodName(method) {
  if (method.card) return `${capital(method.card.brand)} •••• ${method.card.last4}`;
  const last4 = method[method.type]?.last4;
  return `${KINDS[method.type] ?? capital(method.type.replaceAll('_', ' '))}${last4 ? ` •••• ${last4}` : ''}`;
}

export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

export const periodEnd = (subscription) => Math.min(...subscription.items.data.map((item) => item.current_period_end));

export const endOf = (subscription) =>
  subscription.cancel_at ?? (subscription.cancel_at_period_end ? periodEnd(subscription) : null);
