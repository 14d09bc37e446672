// Cancelling and pausing: what it means, why, and the button.

import { el } from './dom.js';
import { choices, step } from './portal_step.js';
import { cost, day, endOf, every, periodEnd, planOf, worth } from './portal_wire.js';

const REASONS = {
  customer_service: 'Customer service was less than I expected',
  low_quality: 'The quality was less than I expected',
  missing_features: 'Some features are missing',
  other: 'Another reason',
  switched_service: 'I am changing to another service',
  too_complex: 'It is too hard to use',
  too_expensive: 'It is too expensive',
  unused: 'I do not use it enough',
};

// In a flow with an offer, the offer comes first.
export function cancelView(portal, id) {
  const subscription = portal.subscription(id);
  const name = planOf(portal.shown, subscription);
  if (subscription.over || endOf(subscription)) return settled(portal, name);
  const part = portal.shown.session.flow?.subscription_cancel;
  const offered = part?.subscription === id && portal.shown.offer;
  return offered ? offer(portal, subscription, name) : farewell(portal, subscription, name);
}

function offer(portal, subscription, name) {
  const no = el('button', { type: 'button', onclick: () => portal.show(farewell(portal, subscription, name)) }, 'No thanks, cancel');
  const content = step(portal, {
    lead: `Stay, and get ${worth(portal.shown.offer)}.`,
    body: el('p', {}, no),
    action: 'Accept the discount and stay',
    act: async () => {
      await portal.act('accept-offer', { subscription: subscription.id });
      portal.finish('Your discount is applied; your plan goes on.');
    },
  });
  return { title: `Before you cancel ${name}`, content };
}

function farewell(portal, subscription, name) {
  const feature = portal.shown.features.subscription_cancel;
  const end = day(periodEnd(subscription));
  const atOnce = feature.mode === 'immediately';
  const paysBack = feature.proration_behavior === 'create_prorations' ? ' What is left of this period is credited to you.' : '';
  const lead = atOnce ? `Your plan ends at once.${paysBack}` : `Your plan stays yours until ${end} and is not renewed then.`;
  const asks = feature.cancellation_reason;
  const content = step(portal, {
    lead,
    body: [summary(portal, subscription, name), asks.enabled && reasons(asks.options)],
    action: 'Cancel plan',
    tone: 'danger',
    act: async (fields) => {
      const told = { feedback: fields.get('feedback'), comment: fields.get('comment')?.trim() };
      await portal.act('cancel', { subscription: subscription.id, feedback: told.feedback || null, comment: told.comment || null });
      portal.finish(atOnce ? 'Your plan has ended.' : `Your plan ends on ${end}.`);
    },
  });
  return { title: `Cancel ${name}`, content };
}

function reasons(options) {
  const rows = options.map((value) => ({ value, label: REASONS[value] ?? value.replaceAll('_', ' ') }));
  const asked = choices('Why do you cancel? (optional)', 'feedback', rows);
  for (const input of asked.querySelectorAll('input')) input.required = false;
  const comment = el('label', { class: 'field' }, el('span', {}, 'Anything else? (optional)'),
    el('textarea', { name: 'comment', rows: 3, maxlength: 1000 }));
  return [asked, comment];
}

export function pauseView(portal, id) {
  const subscription = portal.subscription(id);
  const name = planOf(portal.shown, subscription);
  if (subscription.status === 'paused' || subscription.pause_collection) return settled(portal, name);
  const { duration } = portal.shown.features.subscription_pause;
  const rows = duration.interval_options.map((option, place) => ({
    value: place, label: `For ${every(option).replace('per ', 'one ').replace('every ', '')}`, checked: place === 0,
  }));
  const content = step(portal, {
    lead: rows.length ? 'Nothing is billed while your plan is paused. It goes on by itself.' : 'Nothing is billed until you resume your plan.',
    body: [summary(portal, subscription, name), rows.length > 0 && choices('For how long?', 'option', rows)],
    action: 'Pause plan',
    act: async (fields) => {
      await portal.act('pause', { subscription: id, option: rows.length ? Number(fields.get('option')) : null });
      portal.finish('Your plan is paused.');
    },
  });
  return { title: `Pause ${name}`, content };
}

function summary(portal, subscription, name) {
  const [item] = subscription.items.data;
  return el('p', { class: 'box' }, el('strong', {}, name), el('small', {}, cost(item.price, item.quantity)));
}

function settled(portal, name) {
  const back = el('button', { type: 'button', onclick: () => portal.home() }, 'Go to billing');
  return { title: name, content: el('section', {}, el('p', { class: 'lead' }, 'This is already done.'), back) };
}
