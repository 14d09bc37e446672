// The invoices so far, each with its page and its PDF.

import { el } from './dom.js';
import { money } from './money.js';
import { day } from './portal_wire.js';

const FIRST = 6;
const STATES = { paid: ['Paid', 'good'], open: ['Open', 'wait'], uncollectible: ['Not paid', 'bad'] };

export function invoiceSection(portal) {
  const { features, invoices } = portal.shown;
  if (!features.invoice_history.enabled) return null;
  const body = el('tbody', {}, invoices.slice(0, FIRST).map(line));
  const more = el('button', { type: 'button', onclick: () => {
    body.append(...invoices.slice(FIRST).map(line));
    more.remove();
    body.rows[FIRST].querySelector('a')?.focus();
  } }, `Show all ${invoices.length}`);
  return el('section', { 'aria-labelledby': 'invoices' },
    el('h2', { id: 'invoices' }, 'Invoices'),
    invoices.length === 0 ? el('p', { class: 'soft' }, 'No invoice yet.')
      : el('table', { class: 'invoices' },
        el('thead', { class: 'unseen' }, el('tr', {}, ['Date', 'Amount', 'State', 'Documents'].map((text) => el('th', { scope: 'col' }, text)))),
        body),
    invoices.length > FIRST && el('div', { class: 'row' }, more));
}

function line(invoice) {
  const [state, tone] = STATES[invoice.status] ?? [invoice.status, 'soft'];
  const name = invoice.number ?? invoice.id;
  return el('tr', {},
    el('td', {}, day(invoice.created), el('small', {}, name)),
    el('td', { class: 'num' }, money(invoice.total, invoice.currency)),
    el('td', {}, el('span', { class: `badge ${tone}` }, state)),
    el('td', { class: 'acts' },
      link(invoice.hosted_invoice_url, invoice.status === 'open' ? 'Pay' : 'View', name),
      link(invoice.invoice_pdf, 'PDF', name)));
}

function link(href, text, name) {
  return href && el('a', { href, 'aria-label': `${text}: invoice ${name}` }, text);
}
