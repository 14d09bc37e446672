// What the payer typed, collected without an intent: a confirmation token or a payment method for a server to use.

async function createConfirmationToken(stripe, /** @type {OptionsOf<'createConfirmationToken'>} */ { elements, params = {} } = {}) {
  const frame = collecting(stripe, 'createConfirmationToken', elements);
  return frame.ask('createConfirmationToken', { params: await withAddresses(elements, PAYMENT, params) });
}

// Stripe's older shape of this call takes a card element or raw numbers, which no page may hold here.
async function createPaymentMethod(stripe, /** @type {OptionsOf<'createPaymentMethod'>} */ { elements, params = {}, ...older } = {}) {
  if (Object.keys(older).length) notDone('card elements')();
  if (elements instanceof Elements && !elements.options.clientSecret && elements.options.paymentMethodCreation !== 'manual') {
    throw new IntegrationError("stripe.createPaymentMethod(): elements must be created with paymentMethodCreation: 'manual'.");
  }
  const frame = collecting(stripe, 'createPaymentMethod', elements);
  return frame.ask('createPaymentMethod', { params: await withAddress(elements, params) });
}

function collecting(stripe, name, elements) {
  if (!(elements instanceof Elements)) throw new IntegrationError(`stripe.${name}(): expected an elements group.`);
  const frame = elements.mounted();
  if (!elements.submitted) throw new IntegrationError(`elements.submit() must be called before stripe.${name}().`);
  return frame;
}
