// The bank's page: one press decides the authentication, then the payment or the setup goes on where it came from.

import { framed, serve, tell } from './bridge.js';
import { post } from './stripe_api.js';

const query = new URLSearchParams(location.search);
const note = document.getElementById('note');
const buttons = ['complete', 'fail'].map((outcome) => document.getElementById(outcome));

let decided = false;

async function decide(outcome) {
  if (decided) return;
  decided = true;
  for (const button of buttons) button.disabled = true;
  note.textContent = 'One moment …';
  const answer = await post('/_sandbox/3ds', {
    payment_intent: query.get('payment_intent'),
    setup_intent: query.get('setup_intent'),
    client_secret: query.get('client_secret'),
    outcome,
  });
  if (framed) {
    tell('done');
    return;
  }
  note.textContent = answer.error?.message ?? ended(answer);
  if (answer.return_url) location.assign(answer.return_url);
}

function ended({ payment_intent: payment, setup_intent: setup }) {
  return payment ? `Done: the payment is ${payment.status}.` : `Done: the setup is ${setup.status}.`;
}

// The buttons wait for this script, so that no press is lost.
for (const button of buttons) {
  button.disabled = false;
  button.addEventListener('click', () => decide(button.id));
}
// The page that holds us gives us the focus; it belongs on the first button.
addEventListener('focus', () => buttons[0].focus(), { once: true });
if (framed) addEventListener('keydown', (event) => { if (event.key === 'Escape') decide('fail'); });
serve({ fail: () => decide('fail') });
