// The cards a customer session lets us show, as radio choices, and the choice of a new one.

const NEW = 'new';
const BRANDS = { visa: 'Visa', mastercard: 'Mastercard', amex: 'American Express' };

const set = document.getElementById('saved');
const list = document.getElementById('choices');

export const chosen = () => {
  const picked = list.querySelector('input:checked')?.value ?? NEW;
  return picked === NEW ? null : picked;
};

// Draws the choices; `onRemove` is given when the session allows cards to be removed, `fresh` names what is none of them.
export function draw(cards, onChange, { onRemove, fresh }) {
  list.replaceChildren();
  set.hidden = cards.length === 0;
  if (cards.length === 0) return;
  cards.forEach((card, place) => list.append(choice(card, place === 0, onChange, onRemove)));
  list.append(row(NEW, [fresh], false, onChange));
}

function choice(card, checked, onChange, onRemove) {
  const { brand, last4, exp_month: month, exp_year: year } = card.card;
  const name = `${BRANDS[brand] ?? brand} •••• ${last4}`;
  const until = document.createElement('small');
  until.textContent = `until ${String(month).padStart(2, '0')}/${String(year).slice(2)}`;
  const line = row(card.id, [name, until], checked, onChange);
  if (onRemove) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Remove';
    button.setAttribute('aria-label', `Remove ${name}`);
    button.addEventListener('click', () => onRemove(card.id));
    line.append(button);
  }
  return line;
}

function row(value, label, checked, onChange) {
  const line = document.createElement('div');
  line.className = 'choice';
  const input = document.createElement('input');
  Object.assign(input, { type: 'radio', name: 'payment_method', value, id: `choice-${value}`, checked });
  input.addEventListener('change', onChange);
  const text = document.createElement('label');
  text.htmlFor = input.id;
  text.append(...label);
  line.append(input, text);
  return line;
}
