// What a card field may hold, and Stripe's sentence when it does not.

const BRANDS = [
  { name: 'Amex', test: /^3[47]/, length: 15, cvc: 4, groups: [4, 6, 5] },
  { name: 'Mastercard', test: /^(5[1-5]|2[2-7])/, length: 16, cvc: 3, groups: [4, 4, 4, 4] },
  { name: 'Visa', test: /^4/, length: 16, cvc: 3, groups: [4, 4, 4, 4] },
];
const OTHER = { name: '', length: 16, cvc: 3, groups: [4, 4, 4, 4] };

export const digitsOf = (text) => text.replace(/\D/g, '');

export function brandOf(number) {
  return BRANDS.find((brand) => brand.test.test(number)) ?? OTHER;
}

export function showNumber(text) {
  const number = digitsOf(text);
  const brand = brandOf(number);
  const shown = [];
  let at = 0;
  for (const size of brand.groups) {
    if (at < Math.min(number.length, brand.length)) shown.push(number.slice(at, Math.min(at + size, brand.length)));
    at += size;
  }
  return shown.join(' ');
}

export function showExpiry(text) {
  let digits = digitsOf(text).slice(0, 4);
  if (/^[2-9]/.test(digits)) digits = `0${digits}`.slice(0, 4);
  return digits.length > 2 ? `${digits.slice(0, 2)} / ${digits.slice(2)}` : digits;
}

function passesLuhn(number) {
  const sum = [...number].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

const wrong = (code, message) => ({ type: 'validation_error', code, message });

export function checkNumber(text) {
  const number = digitsOf(text);
  if (number.length < brandOf(number).length) return wrong('incomplete_number', 'Your card number is incomplete.');
  return passesLuhn(number) ? null : wrong('invalid_number', 'Your card number is invalid.');
}

export function readExpiry(text) {
  const digits = digitsOf(text);
  return { month: Number(digits.slice(0, 2)), year: 2000 + Number(digits.slice(2, 4)) };
}

export function checkExpiry(text, now = new Date()) {
  if (digitsOf(text).length < 4) return wrong('incomplete_expiry', "Your card's expiration date is incomplete.");
  const { month, year } = readExpiry(text);
  if (month < 1 || month > 12) return wrong('invalid_expiry_month', "Your card's expiration date is invalid.");
  const past = year < now.getFullYear() || (year === now.getFullYear() && month < now.getMonth() + 1);
  if (past) return wrong('invalid_expiry_year_past', "Your card's expiration date is in the past.");
  if (year > now.getFullYear() + 50) return wrong('invalid_expiry_year', "Your card's expiration year is invalid.");
  return null;
}

export function checkCvc(text, numberText) {
  const short = digitsOf(text).length < brandOf(digitsOf(numberText)).cvc;
  return short ? wrong('incomplete_cvc', "Your card's security code is incomplete.") : null;
}
