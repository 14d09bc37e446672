// Amounts as people read them. Amounts are whole numbers in the smallest unit of their currency, as Stripe's are.

const WITHOUT_CENTS = new Set([
  'bif', 'clp', 'djf', 'gnf', 'jpy', 'kmf', 'krw', 'mga', 'pyg', 'rwf', 'vnd', 'vuv', 'xaf', 'xof', 'xpf',
]);
const THREE_DIGITS = new Set(['bhd', 'jod', 'kwd', 'omr', 'tnd']);

// 1900, 'eur' is "€19.00"; the digits are moved as text, so that no fraction is ever reckoned with.
export function money(amountMinor, currency) {
  const digits = decimals(currency);
  const format = { style: 'currency', currency, minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat('en', format).format(inUnits(amountMinor, digits));
}

export function decimals(currency) {
  if (WITHOUT_CENTS.has(currency)) return 0;
  return THREE_DIGITS.has(currency) ? 3 : 2;
}

// "19.00" for 1900: a decimal number in text, which Intl takes as it is.
export function inUnits(amountMinor, digits) {
  const figures = String(Math.abs(amountMinor)).padStart(digits + 1, '0');
  const whole = figures.slice(0, figures.length - digits);
  const rest = digits ? `.${figures.slice(-digits)}` : '';
  return `${amountMinor < 0 ? '-' : ''}${whole}${rest}`;
}
