// Payments and what becomes of their money: refunds, disputes, warnings, reviews.

import { el } from './dom.js';
import { raw } from './scenario.rows.js';
import { ask, minorUnits, moment, money, press, run, shortened, words } from './scenario.wire.js';

const OPEN = ['requires_payment_method', 'requires_confirmation'];
const [GOOD, DECLINED, SECURED] = ['4242424242424242', '4000000000000002', '4000000000003220'];
export const TONES = {
  succeeded: 'good', paid: 'good', active: 'good', trialing: 'good', won: 'good', delivered: 'good', complete: 'good', approved: 'good',
  canceled: 'soft', void: 'soft', expired: 'soft', draft: 'soft',
  failed: 'bad', lost: 'bad', past_due: 'bad', unpaid: 'bad', uncollectible: 'bad', dropped: 'bad',
};

export const payments = {
  id: 'payments',
  title: 'Payments',
  empty: 'No payment yet. Buy something in the portal, or create an intent with the API.',
  rows: (world) => world.payments,
  beside: chargeOf,
  total: (world) => world.totals.payments,
  head(intent, world) {
    const charge = chargeOf(intent, world);
    const refunded = charge?.amount_refunded ?? 0;
    const error = intent.status === 'requires_payment_method' ? intent.last_payment_error?.message : null;
    return {
      title: intent.description ?? shortened(intent.id),
      note: notes(error, refunded > 0 && `${money(refunded, intent.currency)} refunded`, charge?.disputed && 'disputed') || intent.id,
      amount: money(intent.amount, intent.currency),
      state: words(intent.status),
      tone: error ? 'bad' : TONES[intent.status] ?? 'wait',
      at: moment(intent.created),
    };
  },
  inside(intent, world) {
    return [el('p', { class: 'id' }, intent.id), el('div', { class: 'acts' }, acts(intent, world)), raw(intent)];
  },
};

const notes = (...told) => told.filter(Boolean).join(' · ');

function chargeOf(intent, world) {
  return world.charges.find((row) => row.id === intent.latest_charge);
}

function acts(intent, world) {
  const to = (word, body = {}) => () => ask(`payments/${intent.id}/${word}`, body);
  const about = shortened(intent.id);
  const act = (text, word, body, more) => press(text, about, to(word, body), more);
  if (OPEN.includes(intent.status)) {
    return [
      act('Pay', 'pay', { card: GOOD }, { tone: 'primary' }), act('Decline', 'pay', { card: DECLINED }),
      act('Ask for 3-D Secure', 'pay', { card: SECURED, authentication: 'leave' }),
      withCard(world.cards, 'Use card', about, (card) => ask(`payments/${intent.id}/pay`, { card })),
    ];
  }
  if (intent.status === 'requires_action') {
    return [
      act('Authenticate', 'authentication?outcome=complete', {}, { tone: 'primary' }),
      act('Fail 3-D Secure', 'authentication?outcome=fail'),
    ];
  }
  if (intent.status === 'processing') {
    return [act('Debit succeeds', 'debit?outcome=succeed'), act('Debit fails', 'debit?outcome=fail')];
  }
  if (intent.status === 'requires_capture') return [act('Capture', 'capture', {}, { tone: 'primary' })];
  if (intent.status !== 'succeeded') return [el('p', { class: 'hint' }, 'Nothing to do here.')];
  return [
    act('Refund all', 'refund'), part(intent, about), act('Dispute', 'dispute'), act('Inquiry', 'dispute', { inquiry: true }),
    act('Fraud warning', 'fraud-warning'), act('Review', 'review'),
  ];
}

function part(intent, about) {
  const amount = el('input', {
    type: 'text', inputmode: 'decimal', size: 7, name: 'part', placeholder: '0.00', 'aria-label': `Amount of ${about} to refund`,
  });
  const refund = () => {
    const minor = minorUnits(amount.value, intent.currency);
    if (!minor) throw new Error('Type an amount such as 5.00.');
    return ask(`payments/${intent.id}/refund`, { amount: minor });
  };
  return form(`Refund a part of ${about}`, refund, amount, el('button', { type: 'submit', 'data-key': 'part-send' }, 'Refund part'));
}

// A choice of test cards beside a button.
export function withCard(cards, text, about, act) {
  const options = cards.map(({ number, about: does }) => el('option', { value: number }, `…${number.slice(-4)} ${does}`));
  const select = el('select', { name: `card for ${text}`, 'aria-label': `Test card for ${about}` }, options);
  return form(`${text} ${about}`, () => act(select.value), select, el('button', { type: 'submit', 'data-key': text }, text));
}

export function form(about, act, ...fields) {
  const send = async () => act();
  return el('form', { class: 'small', onsubmit: (event) => { event.preventDefault(); run(about, send); } }, fields);
}

export const refunds = {
  id: 'refunds',
  title: 'Refunds',
  empty: 'No refund yet.',
  rows: (world) => world.refunds,
  total: (world) => world.totals.refunds,
  head: (refund) => ({
    title: shortened(refund.id), note: refund.payment_intent, amount: money(refund.amount, refund.currency),
    state: words(refund.status), tone: TONES[refund.status] ?? 'wait', at: moment(refund.created),
  }),
  inside: (refund) => [
    el('div', { class: 'acts' }, press('Bank sends it back', shortened(refund.id), () => ask(`refunds/${refund.id}/fail`, {}))), raw(refund),
  ],
};

export const disputes = {
  id: 'disputes',
  title: 'Disputes',
  empty: 'No dispute yet. Open one at a payment.',
  rows: (world) => world.disputes,
  total: (world) => world.totals.disputes,
  head: (dispute) => ({
    title: words(dispute.reason), note: dispute.payment_intent, amount: money(dispute.amount, dispute.currency),
    state: words(dispute.status), tone: TONES[dispute.status] ?? 'wait', at: moment(dispute.created),
  }),
  inside(dispute) {
    const about = shortened(dispute.id);
    const close = (outcome) => () => ask(`disputes/${dispute.id}/close?outcome=${outcome}`, {});
    const over = ['won', 'lost', 'warning_closed'].includes(dispute.status);
    return [el('div', { class: 'acts' },
      !over && press('Won', about, close('won')), !over && press('Lost', about, close('lost')),
      !over && dispute.status.startsWith('warning') && press('Becomes a dispute', about, () => ask(`disputes/${dispute.id}/escalate`, {}))),
    raw(dispute)];
  },
};

export const suspicions = {
  id: 'suspicions',
  title: 'Reviews and fraud warnings',
  empty: 'Neither yet. Open one at a payment.',
  rows: (world) => [...world.reviews, ...world.fraud_warnings].sort((a, b) => b.created - a.created),
  head: (row) => ({
    title: row.object === 'review' ? 'Review' : 'Early fraud warning',
    note: row.payment_intent,
    state: row.object === 'review' ? (row.open ? 'open' : words(row.closed_reason)) : words(row.fraud_type),
    tone: row.open ? 'wait' : TONES[row.closed_reason] ?? 'soft',
    at: moment(row.created),
  }),
  inside: (row) => [
    row.open && el('div', { class: 'acts' }, press('Approve', shortened(row.id), () => ask(`reviews/${row.id}/approve`, {}))), raw(row),
  ],
};
