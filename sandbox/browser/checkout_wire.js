// What the page of a session asks of the sandbox beside stripe.js. Used by `checkout`.

const PATIENCE_SECONDS = 10;
const PAUSE_MS = 200;

// The key and the secret of the session this page was opened for, by its address.
export async function hostedOpening() {
  const id = location.pathname.split('/').pop();
  const { publishable_key: key } = await read('/_sandbox/health');
  const page = await read(`/v1/payment_pages/${id}?key=${key}`);
  return page.error ? page : { manner: 'hosted', key, clientSecret: page.client_secret, locale: 'en' };
}

// Waits until the seller's server has answered the news, ten seconds at most, as Stripe does before it sends a payer on.
export async function heard(checkout) {
  const end = performance.now() + PATIENCE_SECONDS * 1000;
  while (!checkout.page.webhook_answered && performance.now() < end) {
    await new Promise((resolve) => { setTimeout(resolve, PAUSE_MS); });
    await checkout.refresh();
  }
}

async function read(path) {
  try {
    return await (await fetch(path, { credentials: 'omit' })).json();
  } catch {
    return { error: { message: 'We could not reach Stripe. Check your connection and try again.' } };
  }
}
