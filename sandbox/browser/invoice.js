// The hosted invoice: shows what the server tells and sends what was typed. It reckons nothing itself.

import { brandOf, checkCvc, checkExpiry, checkNumber, digitsOf, readExpiry, showExpiry, showNumber } from './card_rules.js';
import { afterPress, byId as by } from './dom.js';

const fields = { number: by('number'), expiry: by('expiry'), cvc: by('cvc') };
const checks = {
  number: () => checkNumber(fields.number.value),
  expiry: () => checkExpiry(fields.expiry.value),
  cvc: () => checkCvc(fields.cvc.value, fields.number.value),
};
const here = location.pathname;
const NOTES = {
  void: 'This invoice is void. Nothing has to be paid.',
  uncollectible: 'This invoice was given up. It can still be paid.',
};

async function ask(path, body) {
  const headers = { 'Content-Type': 'application/json' };
  const sent = body && { method: 'POST', headers, body: JSON.stringify(body) };
  try {
    return await (await fetch(here + path, sent)).json();
  } catch {
    return { error: { message: 'The sandbox cannot be reached. Try again.' } };
  }
}

function part(tag, text, ...inside) {
  const made = document.createElement(tag);
  made.append(text, ...inside);
  return made;
}

const pairs = (rows) => rows.flatMap(([name, value]) => [part('dt', name), part('dd', value)]);

function line({ description, quantity, amount, period }) {
  const counted = quantity && quantity !== '1' ? `${quantity} × ` : '';
  return part('li', part('span', counted + (description ?? ''), ...(period ? [part('small', period)] : [])), part('span', amount));
}

function draw(sheet) {
  document.title = `${sheet.title} · ${sheet.from}`;
  for (const name of ['title', 'from', 'due']) by(name).textContent = sheet[name];
  for (const name of ['description', 'footer']) by(name).textContent = sheet[name] ?? '';
  by('state').textContent = NOTES[sheet.status] ?? sheet.state;
  by('state').dataset.status = sheet.status;
  by('to').textContent = sheet.to.join('\n');
  by('facts').replaceChildren(...pairs(sheet.facts));
  by('lines').replaceChildren(...sheet.lines.map(line));
  by('sums').replaceChildren(...pairs(sheet.sums));
  by('pdf').href = `${here}/pdf`;
  by('payment').hidden = !sheet.payable;
  by('pay').textContent = `Pay ${sheet.due}`;
  by('refusal').textContent = sheet.error ?? '';
  by('waiting').hidden = !sheet.bank;
  if (sheet.bank) by('bank').href = sheet.bank;
  by('invoice').hidden = false;
}

function show(name, error) {
  fields[name].setAttribute('aria-invalid', String(Boolean(error)));
  by(`${name}-error`).textContent = error?.message ?? '';
}

// Shows every mistake, goes to the first and says whether there was none.
function valid() {
  const wrong = Object.entries(checks).filter(([name, check]) => {
    const error = check();
    show(name, error);
    return error;
  });
  if (wrong.length) fields[wrong[0][0]].focus();
  return wrong.length === 0;
}

async function pay() {
  if (!valid()) return;
  by('pay').disabled = true;
  by('refusal').textContent = '';
  const { month, year } = readExpiry(fields.expiry.value);
  const card = { number: digitsOf(fields.number.value), exp_month: month, exp_year: year, cvc: fields.cvc.value };
  const answer = await ask('/pay', card);
  by('pay').disabled = false;
  if (answer.error?.message) {
    by('refusal').textContent = answer.error.message;
    return;
  }
  draw(answer);
  if (answer.bank) location.assign(answer.bank);
}

function format(name) {
  const field = fields[name];
  const atEnd = field.selectionStart === field.value.length;
  if (name === 'cvc') field.value = digitsOf(field.value).slice(0, brandOf(digitsOf(fields.number.value)).cvc);
  if (name === 'number' && atEnd) field.value = showNumber(field.value);
  // Taking a digit away must not put the slash back under the finger.
  if (name === 'expiry' && atEnd) field.value = field.value.endsWith(' /') ? field.value.slice(0, 2) : showExpiry(field.value);
}

for (const [name, field] of Object.entries(fields)) {
  field.addEventListener('input', () => { format(name); show(name, null); });
  field.addEventListener('blur', () => afterPress(() => { if (field.value) show(name, checks[name]()); }));
}
by('form').addEventListener('submit', (event) => { event.preventDefault(); pay(); });

const sheet = await ask('/data');
if (sheet.title) {
  draw(sheet);
} else {
  by('lost').textContent = sheet.error?.message ?? 'This invoice cannot be shown.';
  by('lost').hidden = false;
}
