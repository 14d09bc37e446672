// Where this script came from decides where everything else comes from.
// Loaded from js.stripe.com (browser tests forward that name to the sandbox) it keeps Stripe's own addresses,
// loaded from the sandbox's loopback address it stays there.

const SCRIPT = new URL(document.currentScript.src);
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

function intentOf(clientSecret) {
  const [id] = String(clientSecret ?? '').split('_secret_');
  if (!id.startsWith('pi_') || id === clientSecret) {
    throw new IntegrationError(
      'Invalid value for clientSecret: it should be a PaymentIntent client secret of the form ${id}_secret_${secret}.',
    );
  }
  return id;
}
