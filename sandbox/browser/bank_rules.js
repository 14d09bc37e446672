// What the fields of a bank account may hold, and the sentence when they do not.

const wrong = (code, message) => ({ type: 'validation_error', code, message });
const SHORTEST = 15;
const LONGEST = 34;

export const plainIban = (text) => text.replace(/[^0-9a-z]/gi, '').toUpperCase();

export function showIban(text) {
  return plainIban(text).slice(0, LONGEST).replace(/(.{4})(?=.)/g, '$1 ');
}

export function checkIban(text) {
  const iban = plainIban(text);
  if (iban.length < SHORTEST) return wrong('incomplete_iban', 'Your IBAN is incomplete.');
  return remainder(iban) === 1 ? null : wrong('invalid_iban', 'Your IBAN is invalid.');
}

// Country and check digits go to the end, letters count from ten upwards, and 1 must remain of 97.
function remainder(iban) {
  const turned = `${iban.slice(4)}${iban.slice(0, 4)}`;
  const digits = [...turned].map((sign) => parseInt(sign, 36)).join('');
  return [...digits].reduce((rest, digit) => (rest * 10 + Number(digit)) % 97, 0);
}

export function checkRouting(text) {
  return /^\d{9}$/.test(text.trim()) ? null : wrong('incomplete_routing_number', 'Your routing number is incomplete.');
}

export function checkAccount(text) {
  return /^\d{4,17}$/.test(text.trim()) ? null : wrong('incomplete_account_number', 'Your account number is incomplete.');
}

export function checkName(text) {
  return text.trim() ? null : wrong('incomplete_name', 'Your full name is incomplete.');
}

export function checkEmail(text) {
  if (!text.trim()) return wrong('incomplete_email', 'Your email is incomplete.');
  return /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(text.trim()) ? null : wrong('invalid_email', 'Your email is invalid.');
}
