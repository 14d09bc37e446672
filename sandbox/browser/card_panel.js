// The fields of a card. Used by `payment`.

import { brandOf, checkCvc, checkExpiry, checkNumber, digitsOf, readExpiry, showExpiry, showNumber } from './card_rules.js';
import { byId } from './dom.js';

const number = byId('number');
const expiry = byId('expiry');
const cvc = byId('cvc');

// A panel: the fields that count now with the check of each, what is sent of them, and how they look while typed.
export const cardPanel = {
  type: 'card',
  place: byId('card'),
  checks: () => ({
    number: () => checkNumber(number.value),
    expiry: () => checkExpiry(expiry.value),
    cvc: () => checkCvc(cvc.value, number.value),
  }),
  data() {
    const { month, year } = readExpiry(expiry.value);
    return { card: { number: digitsOf(number.value), exp_month: month, exp_year: year, cvc: cvc.value } };
  },
  // Where the page or its Address Element asks for the country, this field is not shown.
  billing: () => (byId('country-row').hidden ? {} : { address: { country: byId('country').value } }),
  format,
  left: () => { number.value = showNumber(number.value); },
  draw(opening) {
    byId('country-row').hidden = withheld(opening, 'address', 'country');
  },
};

// Whether the page collects a billing detail by itself: it said so (`fields`), or its Address Element does.
export function withheld({ fields, addressed }, detail, line) {
  const told = fields?.billingDetails;
  const said = [told, told?.[detail], told?.[detail]?.[line]];
  return said.includes('never') || (Boolean(addressed) && detail !== 'email');
}

function format() {
  const brand = brandOf(digitsOf(number.value));
  byId('brand').textContent = brand.name;
  cvc.value = digitsOf(cvc.value).slice(0, brand.cvc);
  if (document.activeElement === number && number.selectionStart === number.value.length) number.value = showNumber(number.value);
  if (document.activeElement === expiry && expiry.selectionStart === expiry.value.length) {
    // Taking a digit away must not put the slash back under the finger.
    expiry.value = expiry.value.endsWith(' /') ? expiry.value.slice(0, 2) : showExpiry(expiry.value);
  }
}
