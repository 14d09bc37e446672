// The scenario page: shows the latest payments and deliveries every two seconds, and turns buttons into control calls.

const by = (id) => document.getElementById(id);
const EVERY_MS = 2000;
const OPEN = ['requires_payment_method', 'requires_confirmation'];
const TONES = {
  succeeded: 'good', delivered: 'good', canceled: 'bad', dropped: 'bad', failed: 'bad', pending: 'wait', requires_action: 'wait',
};

async function ask(path, body) {
  const options = body === undefined ? {} : {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
  };
  const answer = await fetch(`/_sandbox/${path}`, options);
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error?.message ?? `The sandbox answered ${answer.status}.`);
  return told;
}

function cell(content, className = '') {
  const td = document.createElement('td');
  td.className = className;
  td.append(...[content].flat());
  return td;
}

function line(...cells) {
  const row = document.createElement('tr');
  row.append(...cells);
  return row;
}

function small(text) {
  const node = document.createElement('small');
  node.textContent = text;
  return node;
}

function button(text, about, act) {
  const node = document.createElement('button');
  node.type = 'button';
  node.textContent = text;
  node.setAttribute('aria-label', about);
  node.addEventListener('click', () => run(act, about));
  return node;
}

async function run(act, about) {
  try {
    const told = await act();
    by('notice').textContent = told?.error ? `${about}: ${told.error.message}` : `${about}: done.`;
  } catch (trouble) {
    by('notice').textContent = `${about}: ${trouble.message}`;
  }
  await refresh();
}

const time = (seconds) => new Date(seconds * 1000).toLocaleTimeString();

function money(intent) {
  const format = new Intl.NumberFormat(undefined, { style: 'currency', currency: intent.currency });
  return format.format(intent.amount / 10 ** format.resolvedOptions().maximumFractionDigits);
}

function paymentRow(intent) {
  const pay = (card, text) =>
    button(text, `${text} ${intent.id}`, () => ask(`payments/${intent.id}/pay`, { card }));
  const answer = (outcome, text) =>
    button(text, `${text} ${intent.id}`, () => ask(`payments/${intent.id}/authentication?outcome=${outcome}`, {}));
  const acts = OPEN.includes(intent.status)
    ? [pay('4242424242424242', 'Pay'), pay('4000000000000002', 'Decline')]
    : intent.status === 'requires_action'
      ? [answer('complete', 'Authenticate'), answer('fail', 'Fail')]
      : ['–'];
  const reason = intent.status === 'requires_payment_method' ? intent.last_payment_error?.message : '';
  const status = reason ? [intent.status.replaceAll('_', ' '), small(reason)] : intent.status.replaceAll('_', ' ');
  return line(
    cell([intent.id, ...(intent.description ? [small(intent.description)] : [])]),
    cell(money(intent), 'num'),
    cell(status, TONES[intent.status] ?? ''),
    cell(time(intent.created)),
    cell(acts),
  );
}

function deliveryRow(delivery) {
  const last = delivery.tries.at(-1);
  return line(
    cell([delivery.type, small(delivery.event)]),
    cell(delivery.state, TONES[delivery.state]),
    cell(String(delivery.tries.length), 'num'),
    cell(last ? `${last.status ?? 'no answer'}, ${time(last.at)}` : '–'),
    cell([
      button('Send again', `Send ${delivery.event} again`, () => ask(`events/${delivery.event}/resend`, {})),
      button('Twin', `Send a twin of ${delivery.event}`, () => ask(`events/${delivery.event}/twin`, {})),
    ]),
  );
}

// Rows are drawn again only when they changed, so that a focused button stays focused.
const drawn = new Map();
function draw(id, rows, make) {
  const now = JSON.stringify(rows);
  if (drawn.get(id) === now) return;
  drawn.set(id, now);
  by(id).replaceChildren(...rows.map(make));
  const empty = by(`${id}-empty`);
  if (empty) empty.hidden = rows.length > 0;
}

async function refresh() {
  const [health, payments, deliveries] = await Promise.all([ask('health'), ask('payments?limit=12'), ask('deliveries?limit=20')]);
  by('endpoint').textContent = health.webhook_url ?? 'nowhere (no endpoint is set)';
  for (const field of by('network').elements) {
    const value = health.delivery[field.name];
    if (field === document.activeElement) continue;
    if (field.type === 'checkbox') field.checked = value;
    else field.value = value;
  }
  draw('payments', payments.payments, paymentRow);
  draw('deliveries', deliveries.deliveries, deliveryRow);
}

function cardRow(card) {
  const number = card.number.replace(/(\d{4})(?=\d)/g, '$1 ');
  return line(cell(number), cell(card.about), cell(card.names[0]));
}

by('network').addEventListener('change', ({ target }) => {
  const value = target.type === 'checkbox' ? target.checked : Number(target.value);
  run(() => ask('delivery', { [target.name]: value }), 'Network');
});
by('network').addEventListener('submit', (event) => event.preventDefault());
by('reset').addEventListener('click', () => {
  if (confirm('Forget every customer, payment and event of this sandbox?')) run(() => ask('reset', {}), 'Reset');
});

ask('cards').then(({ cards }) => draw('card-rows', cards, cardRow));
refresh();
setInterval(() => {
  if (!document.hidden) refresh().catch(() => { by('notice').textContent = 'The sandbox does not answer.'; });
}, EVERY_MS);
