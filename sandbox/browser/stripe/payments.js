// Confirming a payment: the frame sends the card, this side sees to 3-D Secure and to the way back.

async function confirmPayment(stripe, { elements, clientSecret, confirmParams = {}, redirect = 'always' } = {}) {
  if (!(elements instanceof Elements)) throw new IntegrationError('stripe.confirmPayment(): expected an elements group.');
  const secret = clientSecret ?? elements.options.clientSecret;
  const needsSubmit = !elements.options.clientSecret && !elements.submitted;
  if (needsSubmit) {
    throw new IntegrationError('elements.submit() must be called before stripe.confirmPayment().');
  }
  if (redirect === 'always' && !confirmParams.return_url) {
    throw new IntegrationError(
      "stripe.confirmPayment(): the `confirmParams.return_url` argument is required unless passing redirect: 'if_required'",
    );
  }
  intentOf(secret);
  const result = await elements.mounted().ask('confirm', { clientSecret: secret, confirmParams });
  if (result.error) return result;
  const finished = await finish(stripe, secret, result.paymentIntent);
  if (finished.error || redirect === 'if_required') return finished;
  leave(confirmParams.return_url, finished.paymentIntent);
  return new Promise(() => {});
}

// Carries an intent through whatever it still asks of the payer.
async function finish(stripe, clientSecret, intent) {
  if (intent.status !== 'requires_action') return { paymentIntent: intent };
  if (intent.next_action?.type === 'redirect_to_url') {
    location.assign(intent.next_action.redirect_to_url.url);
    return new Promise(() => {});
  }
  await askBank(clientSecret);
  const after = await fetchIntent(stripe.key, clientSecret);
  if (after.error) return after;
  const failure = after.paymentIntent.last_payment_error;
  if (after.paymentIntent.status === 'requires_payment_method' && failure) {
    return { error: { ...failure, payment_intent: after.paymentIntent } };
  }
  return after;
}

async function handleNextAction(stripe, { clientSecret } = {}) {
  const found = await fetchIntent(stripe.key, clientSecret);
  return found.error ? found : finish(stripe, clientSecret, found.paymentIntent);
}

// A saved payment method by id; card fields outside the Payment Element are not built.
async function confirmCardPayment(stripe, clientSecret, data = {}, { handleActions = true } = {}) {
  if (data.payment_method !== undefined && typeof data.payment_method !== 'string') notDone('card elements')();
  const params = { key: stripe.key, client_secret: clientSecret, use_stripe_sdk: true, ...data };
  const body = await request('POST', `/v1/payment_intents/${intentOf(clientSecret)}/confirm`, params);
  if (body.error) return { error: body.error };
  return handleActions ? finish(stripe, clientSecret, body) : { paymentIntent: body };
}

function leave(returnUrl, intent) {
  const address = new URL(returnUrl, location.href);
  address.searchParams.set('payment_intent', intent.id);
  address.searchParams.set('payment_intent_client_secret', intent.client_secret);
  address.searchParams.set('redirect_status', intent.status === 'succeeded' ? 'succeeded' : 'pending');
  location.assign(address.href);
}
