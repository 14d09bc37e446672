// The left side of the page: what is bought, what it costs, quantities and codes. Used by `checkout`.

import { byId, el, fill } from './dom.js';

// Draws the session; `change` sends what the payer chose and answers with a message when it was refused.
export function drawSummary(checkout, change) {
  const { page } = checkout;
  const session = checkout.session();
  byId('seller').textContent = page.branding_settings.display_name;
  byId('due').textContent = page.mode === 'setup' ? 'Save a card' : session.total.total.amount;
  byId('later').textContent = laterWords(session);
  byId('code-form').hidden = !page.allow_promotion_codes;
  const focused = document.activeElement?.id;
  fill(byId('lines'), session.lineItems.map((line) => lineRow(line, session.recurring?.trial, change)));
  fill(byId('sums'), page.mode === 'setup' ? [] : sumRows(session, change));
  if (focused?.startsWith('quantity-')) byId(focused)?.focus();
}

// The form of the code stays as it is while the rest is drawn anew, so that nothing typed is lost.
export function listenForCodes(change) {
  byId('code-form').addEventListener('submit', async (event) => {
    event.preventDefault();
    const code = byId('code').value.trim();
    if (!code) return;
    const refused = await change({ promotion_code: code });
    byId('code-error').textContent = refused ?? '';
    if (!refused) byId('code').value = '';
  });
}

function lineRow(line, trial, change) {
  // In a trial nothing is due today; what the line will cost says more than a nought.
  const price = trial && line.recurring ? line.unitAmount : line.subtotal;
  const pace = line.recurring ? ` ${paceWords(line.recurring)}` : '';
  const unit = line.unitLabel ? ` / ${line.unitLabel}` : '';
  const many = line.quantity > 1 ? el('small', { class: 'soft' }, `${line.unitAmount.amount}${unit} each`) : null;
  return el('li', {},
    line.images[0] ? el('img', { src: line.images[0], alt: '', width: 42, height: 42 }) : null,
    el('div', { class: 'what' },
      el('span', {}, line.name), many,
      line.adjustableQuantity ? quantityField(line, change) : el('small', { class: 'soft' }, quantityWords(line))),
    el('span', { class: 'amount' }, price.amount, el('small', { class: 'soft' }, pace)));
}

function quantityWords({ quantity }) {
  return quantity === null ? 'billed by usage' : `Quantity ${quantity}`;
}

function quantityField(line, change) {
  const { minimum, maximum } = line.adjustableQuantity;
  const id = `quantity-${line.id}`;
  const error = el('small', { class: 'error', role: 'alert' });
  const chosen = async (event) => {
    const refused = await change({ line_item: line.id, quantity: event.target.value || '0' });
    if (refused) error.textContent = refused;
  };
  return el('span', { class: 'quantity' },
    el('label', { for: id }, 'Quantity'),
    el('input', { id, type: 'number', inputmode: 'numeric', min: minimum, max: maximum, value: line.quantity, onchange: chosen }),
    error);
}

function sumRows(session, change) {
  const { total } = session;
  const taxes = (session.taxAmounts ?? []).map((tax) => sumRow(taxWords(tax), tax.amount));
  const waiting = session.tax.status === 'ready' ? [] : [sumRow('Tax', 'Enter your address to see it')];
  return [
    sumRow('Subtotal', total.subtotal.amount),
    (session.discountAmounts ?? []).map((one) => sumRow(discountWords(one), `−${one.amount}`, one.promotionCode && removal(one, change))),
    taxes, waiting,
    sumRow(session.recurring ? 'Total due today' : 'Total', total.total.amount, null, 'total'),
  ];
}

function sumRow(name, amount, more = null, kind = null) {
  return el('div', { class: kind }, el('dt', {}, name, more), el('dd', {}, amount));
}

function removal({ promotionCode }, change) {
  const remove = () => change({ promotion_code: '' });
  return el('button', { type: 'button', class: 'quiet', 'aria-label': `Remove ${promotionCode}`, onclick: remove }, 'Remove');
}

function discountWords({ promotionCode, displayName, percentOff }) {
  const off = percentOff ? ` (${percentOff}% off)` : '';
  return `${promotionCode ?? (displayName || 'Discount')}${off} `;
}

function taxWords({ displayName, percentage, inclusive }) {
  return `${displayName}${percentage === undefined ? '' : ` ${percentage}%`}${inclusive ? ' (included)' : ''}`;
}

function laterWords({ recurring }) {
  if (!recurring) return '';
  const price = `${recurring.dueNext.total.amount} ${paceWords(recurring)}`;
  return recurring.trial ? `${recurring.trial.trialPeriodDays} days free, then ${price}` : `Then ${price}`;
}

function paceWords({ interval, intervalCount }) {
  return intervalCount === 1 ? `per ${interval}` : `every ${intervalCount} ${interval}s`;
}
