// The global `Stripe` function, with Stripe's names.

const NOT_BUILT = [
  'checkout', 'collectBankAccountForPayment', 'confirmSetup', 'confirmCardSetup', 'createConfirmationToken',
  'createEmbeddedCheckoutPage', 'createPaymentMethod', 'createToken', 'initCheckoutElementsSdk', 'initCheckoutFormSdk',
  'paymentRequest', 'processOrder', 'retrieveSetupIntent', 'verifyIdentity',
];

class SandboxStripe {
  constructor(key, options) {
    this.key = key;
    this.options = options;
    for (const name of NOT_BUILT) this[name] = notDone(`stripe.${name}()`);
  }

  elements(options = {}) {
    return new Elements(this, options);
  }

  confirmPayment(options) {
    return confirmPayment(this, options);
  }

  retrievePaymentIntent(clientSecret) {
    return fetchIntent(this.key, clientSecret);
  }

  handleNextAction(options) {
    return handleNextAction(this, options);
  }

  confirmCardPayment(clientSecret, data, options) {
    return confirmCardPayment(this, clientSecret, data, options);
  }
}

function Stripe(key, options = {}) {
  if (typeof key !== 'string' || !key.startsWith('pk_')) {
    throw new IntegrationError('Please call Stripe() with your publishable key. You used an empty string or another kind of key.');
  }
  if (!key.startsWith('pk_test_')) throw new IntegrationError('This sandbox does not do live keys.');
  return new SandboxStripe(key, options);
}

Stripe.version = 'endive';
globalThis.Stripe = Stripe;
