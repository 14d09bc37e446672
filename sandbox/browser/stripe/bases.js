// Where this script came from decides where everything else comes from.
// Loaded from js.stripe.com (browser tests forward that name to the sandbox) it keeps Stripe's own addresses,
// loaded from the sandbox's loopback address it stays there. Types in comments are for the compiler of tests/witness.

const SCRIPT = new URL(/** @type {HTMLScriptElement} */ (document.currentScript).src);
const FRAMES = SCRIPT.origin;
const API = SCRIPT.hostname === 'js.stripe.com' ? 'https://api.stripe.com' : SCRIPT.origin;

class IntegrationError extends Error {
  constructor(message) {
    super(message);
    this.name = 'IntegrationError';
  }
}

// What Stripe's script can do and this one cannot says so, and never pretends.
function notDone(what) {
  return () => {
    throw new IntegrationError(`This sandbox does not do ${what}.`);
  };
}

// The two kinds of intents: how their ids begin, where the API keeps them, and what a page and an error call them.
const PAYMENT = {
  title: 'PaymentIntent', prefix: 'pi_', path: '/v1/payment_intents', noun: 'payment_intent', result: 'paymentIntent',
  failure: 'last_payment_error',
};
const SETUP = {
  title: 'SetupIntent', prefix: 'seti_', path: '/v1/setup_intents', noun: 'setup_intent', result: 'setupIntent',
  failure: 'last_setup_error',
};

// The kind and the id of the intent a client secret belongs to; with `only` no other kind will do.
function intentOf(clientSecret, only) {
  const [id] = String(clientSecret ?? '').split('_secret_');
  const kind = [PAYMENT, SETUP].find((one) => id.startsWith(one.prefix));
  if (!kind || id === clientSecret || (only && kind !== only)) {
    const wanted = only ? only.title : 'PaymentIntent or SetupIntent';
    throw new IntegrationError(
      `Invalid value for clientSecret: it should be a ${wanted} client secret of the form \${id}_secret_\${secret}.`,
    );
  }
  return { kind, id };
}
