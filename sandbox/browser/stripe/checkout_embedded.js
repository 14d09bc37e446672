// `createEmbeddedCheckoutPage`: the whole page in a frame, paying included. It leaves with the page that holds it.

let embeddedOpen = false;

class EmbeddedCheckoutPage {
  constructor(stripe, clientSecret, onComplete) {
    this.destroyed = false;
    this.holder = new CheckoutFrame('Secure checkout page', () => ({
      manner: 'embedded', key: stripe.key, clientSecret, locale: stripe.options.locale,
    }));
    this.holder.hear('complete', (/** @type {{ goesTo?: string }} */ { goesTo } = {}) => {
      if (goesTo) location.assign(goesTo);
      else onComplete?.();
    });
  }

  mount(target) {
    if (this.destroyed) throw new IntegrationError('This Embedded Checkout was destroyed and cannot be mounted again.');
    this.holder.mount(target);
  }

  unmount() {
    this.holder.unmount();
  }

  destroy() {
    this.unmount();
    this.destroyed = true;
    embeddedOpen = false;
  }
}

async function createEmbeddedCheckoutPage(stripe, /** @type {OptionsOf<'createEmbeddedCheckoutPage'>} */ options = {}) {
  const { clientSecret, fetchClientSecret, onComplete } = options;
  if (Boolean(clientSecret) === Boolean(fetchClientSecret)) {
    throw new IntegrationError('Exactly one of `clientSecret` and `fetchClientSecret` is required.');
  }
  if (embeddedOpen) throw new IntegrationError('You cannot have multiple Embedded Checkout objects.');
  const secret = clientSecret ?? await fetchClientSecret?.();
  const path = `/v1/payment_pages/${sessionIdOf(secret)}`;
  const { error } = await request('GET', path, { key: stripe.key, client_secret: secret });
  if (error) throw new IntegrationError(error.message);
  embeddedOpen = true;
  return new EmbeddedCheckoutPage(stripe, secret, onComplete);
}
