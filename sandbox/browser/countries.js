// The choice of country, named in the page's language.

const CODES = (
  'AR AT AU BE BG BR CA CH CL CN CO CY CZ DE DK EE ES FI FR GB GR HK HR HU IE IL IN IS IT JP KE KR LI LT LU LV MT MX MY ' +
  'NG NL NO NZ PE PH PL PT RO SE SG SI SK TH TR TW UA US ZA'
).split(' ');

// `allowed` leaves only these.
export function fillCountries(select, locale, preferred, allowed) {
  const language = locale && locale !== 'auto' ? locale : navigator.language || 'en';
  const names = new Intl.DisplayNames([language, 'en'], { type: 'region' });
  const home = new Intl.Locale(navigator.language || 'en-US').region;
  const rows = CODES.filter((code) => !allowed?.length || allowed.includes(code)).map((code) => [code, names.of(code)]).sort((a, b) => a[1].localeCompare(b[1], language));
  const selected = [preferred, home, 'US'].find((code) => rows.some(([one]) => one === code));
  select.replaceChildren(...rows.map(([code, name]) => new Option(name, code, false, code === selected)));
}
