// Which lines an address has in each country, and the sentence when one is missing. Used by `address`.

const wrong = (code, message) => ({ type: 'validation_error', code, message });
const INCOMPLETE = 'This field is incomplete.';
// The regions Stripe offers as a choice, by the codes that taxes go by.
const REGIONS = {
  US: 'AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI '
    + 'SC SD TN TX UT VT VA WA WV WI WY',
  CA: 'AB BC MB NB NL NS NT NU ON PE QC SK YT',
  AU: 'ACT NSW NT QLD SA TAS VIC WA',
};
const REGION_TYPED = ['AR', 'BR', 'CN', 'IN', 'JP', 'MX'];
const NO_POSTAL_CODE = ['CL', 'CO', 'HK', 'IE', 'PE'];
const REGION_NAMES = { CA: 'Province', JP: 'Prefecture' };
const POSTAL_NAMES = { US: 'ZIP', IN: 'PIN' };
const POSTAL_FORMS = { US: /^\d{5}(-\d{4})?$/, DE: /^\d{5}$/, FR: /^\d{5}$/, CA: /^[a-z]\d[a-z] ?\d[a-z]\d$/i };

export const regionsOf = (country) => REGIONS[country]?.split(' ') ?? [];
export const regionName = (country) => REGION_NAMES[country] ?? 'State';
export const postalName = (country) => POSTAL_NAMES[country] ?? 'Postal code';
export const hasRegion = (country) => country in REGIONS || REGION_TYPED.includes(country);
export const hasPostalCode = (country) => !NO_POSTAL_CODE.includes(country);

export function checkFilled(id, text) {
  return text.trim() ? null : wrong(`incomplete_${id}`, INCOMPLETE);
}

export function checkPostalCode(country, text) {
  const missing = checkFilled('postal_code', text);
  if (missing) return missing;
  const form = POSTAL_FORMS[country];
  return !form || form.test(text.trim()) ? null : wrong('invalid_postal_code', `Your ${postalName(country)} is invalid.`);
}
