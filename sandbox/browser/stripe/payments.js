// Confirming a payment or a setup: the frame sends the card, this side sees to 3-D Secure and to the way back.

function confirmPayment(stripe, options) {
  return confirmWith(stripe, PAYMENT, 'confirmPayment', options);
}

function confirmSetup(stripe, options) {
  return confirmWith(stripe, SETUP, 'confirmSetup', options);
}

async function confirmWith(stripe, kind, name, /** @type {OptionsOf<'confirmPayment'>} */ options = {}) {
  const { elements, clientSecret, confirmParams = {}, redirect = 'always' } = options;
  const secret = clientSecret ?? (elements instanceof Elements ? elements.options.clientSecret : undefined);
  const { id } = intentOf(secret, kind);
  if (redirect === 'always' && !confirmParams.return_url) {
    throw new IntegrationError(
      `stripe.${name}(): the \`confirmParams.return_url\` argument is required unless passing redirect: 'if_required'`,
    );
  }
  const ready = readyElements(elements, name, confirmParams);
  const result = ready
    ? await confirmTyped(stripe, kind, ready, secret, confirmParams)
    : await confirmNamed(stripe, kind, id, secret, confirmParams);
  if (result.error) return result;
  const finished = await finish(stripe, secret, result[kind.result]);
  if (finished.error || redirect === 'if_required') return finished;
  leave(confirmParams.return_url, kind, finished[kind.result]);
  return new Promise(() => {});
}

// The elements to confirm with; none when the parameters name a method or a token that exists already.
function readyElements(elements, name, /** @type {{ payment_method?: any, confirmation_token?: any }} */ { payment_method, confirmation_token }) {
  if (elements === undefined && (payment_method || confirmation_token)) return null;
  if (!(elements instanceof Elements)) throw new IntegrationError(`stripe.${name}(): expected an elements group.`);
  if (!elements.options.clientSecret && !elements.submitted) {
    throw new IntegrationError(`elements.submit() must be called before stripe.${name}().`);
  }
  return elements;
}

async function confirmTyped(stripe, kind, elements, clientSecret, confirmParams) {
  const frame = elements.mounted();
  const unlike = elements.options.clientSecret || kind === SETUP ? null : await differing(stripe, elements.options, clientSecret);
  if (unlike) return unlike;
  const missing = await incomplete(elements);
  return missing ?? frame.ask('confirm', { clientSecret, confirmParams: await withAddresses(elements, kind, confirmParams) });
}

// A mistake in an Address Element of the group stops the payment as one in the card does.
async function incomplete(elements) {
  const results = await Promise.all(elements.standing.map((one) => one.frame.ask('validate')));
  const { error } = results.find((one) => one.error) ?? {};
  return error ? { error } : null;
}

async function confirmNamed(stripe, kind, id, clientSecret, params) {
  const body = await request('POST', `${kind.path}/${id}/confirm`, {
    key: stripe.key, client_secret: clientSecret, use_stripe_sdk: true, ...params,
  });
  return body.error ? { error: body.error } : { [kind.result]: body };
}

// Elements drawn before there was an intent promised the payer an amount; the intent must keep it.
async function differing(stripe, { amount, currency }, clientSecret) {
  const found = await fetchIntent(stripe.key, clientSecret);
  if (found.error) return found;
  const intent = found.paymentIntent;
  if (intent.amount === amount && intent.currency === currency) return null;
  const message =
    `The amount and currency of the PaymentIntent (${intent.amount} ${intent.currency}) do not match those of Elements ` +
    `(${amount} ${currency}). Call elements.update() before confirming.`;
  return { error: { type: 'invalid_request_error', message, payment_intent: intent } };
}

// Carries an intent through whatever it still asks of the payer.
async function finish(stripe, clientSecret, intent) {
  const { kind } = intentOf(clientSecret);
  if (intent.status !== 'requires_action') return { [kind.result]: intent };
  if (intent.next_action?.type === 'redirect_to_url') {
    location.assign(intent.next_action.redirect_to_url.url);
    return new Promise(() => {});
  }
  await askBank(clientSecret);
  const after = await fetchIntent(stripe.key, clientSecret);
  if (after.error) return after;
  const now = after[kind.result];
  const failure = now[kind.failure];
  if (now.status === 'requires_payment_method' && failure) return { error: { ...failure, [kind.noun]: now } };
  return after;
}

async function handleNextAction(stripe, /** @type {OptionsOf<'handleNextAction'>} */ { clientSecret } = {}) {
  const { kind } = intentOf(clientSecret);
  const found = await fetchIntent(stripe.key, clientSecret);
  return found.error ? found : finish(stripe, clientSecret, found[kind.result]);
}

// `confirmCardPayment` and `confirmCardSetup` with a saved payment method; card fields of their own are not built.
async function confirmSaved(stripe, kind, clientSecret, data = {}, { handleActions = true } = {}) {
  if (data.payment_method !== undefined && typeof data.payment_method !== 'string') notDone('card elements')();
  const { id } = intentOf(clientSecret, kind);
  const result = await confirmNamed(stripe, kind, id, clientSecret, data);
  return result.error || !handleActions ? result : finish(stripe, clientSecret, result[kind.result]);
}

function leave(returnUrl, kind, intent) {
  const address = new URL(returnUrl, location.href);
  const done = ['succeeded', 'requires_capture'].includes(intent.status);
  address.searchParams.set(kind.noun, intent.id);
  address.searchParams.set(`${kind.noun}_client_secret`, intent.client_secret);
  address.searchParams.set('redirect_status', done ? 'succeeded' : 'pending');
  location.assign(address.href);
}
