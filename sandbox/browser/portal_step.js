// One step of the portal: something to decide, one button that does it, one way back.

import { el } from './dom.js';

// `act` gets the form's fields; what it throws is told above the buttons, and the step stays.
export function step(portal, { lead, body, action, tone = 'primary', back = 'Go back', act }) {
  const alert = el('p', { class: 'alert', role: 'alert' });
  const send = el('button', { type: 'submit', class: tone }, action);
  const form = el(
    'form',
    { class: 'step', onsubmit: (event) => { event.preventDefault(); submit(form, send, alert, act); } },
    lead ? el('p', { class: 'lead' }, lead) : null,
    body,
    alert,
    el('div', { class: 'row' }, send, back ? wayBack(portal, back) : null),
  );
  return form;
}

async function submit(form, send, alert, act) {
  if (send.disabled) return;
  alert.textContent = '';
  send.disabled = true;
  form.setAttribute('aria-busy', 'true');
  try {
    await act(new FormData(form));
  } catch (trouble) {
    alert.textContent = trouble.message;
  } finally {
    send.disabled = false;
    form.removeAttribute('aria-busy');
  }
}

function wayBack(portal, text) {
  return el('button', { type: 'button', onclick: () => portal.leave() }, text);
}

export function field(label, name, attributes = {}, hint = null) {
  return el('label', { class: attributes.class ?? 'field' }, el('span', {}, label), el('input', { name, ...attributes, class: null }),
    hint && el('small', {}, hint));
}

// Radio buttons under one question. `rows` are { value, label, note, checked }.
export function choices(question, name, rows, attributes = {}) {
  return el('fieldset', attributes, el('legend', {}, question), rows.map((row) =>
    el('label', { class: 'choice' },
      el('input', { type: 'radio', name, value: row.value, checked: row.checked, required: true }),
      el('span', {}, row.label, row.note && el('small', {}, row.note)))));
}

export function signInForm(lead, act) {
  return step(null, {
    lead,
    body: field('E-mail address', 'email', { type: 'email', autocomplete: 'email', required: true }),
    action: 'Open the portal',
    back: null,
    act: (fields) => act(fields.get('email').trim()),
  });
}
