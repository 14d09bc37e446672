// Elements and the Payment Element. The card lives in the frame; this side only says what it is for.

// The other Elements, by the names an integrator knows. Not one of these is built.
const OTHER_ELEMENTS = {
  ...Object.fromEntries(['card', 'cardNumber', 'cardExpiry', 'cardCvc'].map((type) => [type, 'card elements'])),
  expressCheckout: 'the Express Checkout Element',
  linkAuthentication: 'the Link Authentication Element',
  paymentMethodMessaging: 'the Payment Method Messaging Element',
  iban: 'the IBAN Element',
};
// The only currency of each kind of bank debit.
const CURRENCIES = { sepa_debit: 'eur', us_bank_account: 'usd' };
const MODES = ['payment', 'setup', 'subscription'];

class PaymentElement extends FramedElement {
  constructor(elements, options) {
    super(elements, options, { type: 'payment', page: 'browser/payment.html', title: 'Secure payment input frame' });
  }

  collapse() { return notDone('collapse() of the Payment Element')(); }

  destroy() {
    super.destroy();
    this.elements.element = null;
  }
}

class Elements {
  constructor(stripe, /** @type {ElementsOptions} */ options) {
    this.stripe = stripe;
    this.options = options;
    this.element = null;
    this.addresses = {};
    this.submitted = false;
    this.whenUpdated = [];
    if (options.clientSecret) intentOf(options.clientSecret);
    else if (options.mode) checkDeferred(options);
  }

  /** @returns {any} */
  create(type, options = {}) {
    if (type === 'address') {
      const made = addressElement(this, options);
      this.addresses[made.options.mode] = made;
      return made;
    }
    if (type !== 'payment') notDone(OTHER_ELEMENTS[type] ?? `the '${type}' element`)();
    if (!this.options.clientSecret) checkDeferred(this.options);
    if (this.element) throw new IntegrationError("Can only create one Element of type payment through elements.create('payment').");
    this.element = new PaymentElement(this, options);
    return this.element;
  }

  /** @returns {any} */
  getElement(type, /** @type {{ mode?: string }} */ { mode } = {}) {
    if (type === 'address') return (mode ? this.addresses[mode] : Object.values(this.addresses)[0]) ?? null;
    return type === 'payment' ? this.element : null;
  }

  // What the frame needs to draw itself.
  opening(elementOptions) {
    const { clientSecret, customerSessionClientSecret, appearance, locale, mode, setupFutureUsage } = this.options;
    const { defaultValues, layout, fields, readOnly, terms, business, paymentMethodOrder } = elementOptions;
    return {
      key: this.stripe.key, clientSecret, customerSessionClientSecret, appearance, mode, setupFutureUsage,
      locale: locale ?? this.stripe.options.locale, defaultValues, layout, fields, readOnly, terms, business,
      paymentMethodOrder, types: offeredTypes(this.options), addressed: Boolean(this.addresses.billing?.frame),
    };
  }

  mounted() {
    if (!this.element?.frame) {
      throw new IntegrationError('Invalid value for elements: it should have a mounted Payment Element.');
    }
    return this.element.frame;
  }

  // Every element of the group that is on the page, the payment's first.
  get standing() {
    return [this.element, ...Object.values(this.addresses)].filter((one) => one?.frame);
  }

  // Checks the fields and shows what is missing, before the server is asked for an intent.
  async submit() {
    if (!this.standing.length) this.mounted();
    const results = await Promise.all(this.standing.map((one) => one.frame.ask('validate')));
    const wrong = results.find((one) => one.error);
    this.submitted = !wrong;
    return wrong ? { error: wrong.error } : { selectedPaymentMethod: results[0].type };
  }

  async update(options) {
    const wanted = { ...this.options, ...options };
    if (this.element && !wanted.clientSecret) checkDeferred(wanted);
    this.options = wanted;
    await Promise.all(this.standing.map((one) => one.redraw()));
    for (const handler of this.whenUpdated) handler();
  }

  on(name, handler) {
    if (name !== 'update-end') throw new IntegrationError(`Elements has no event '${name}'.`);
    this.whenUpdated.push(handler);
  }

  async fetchUpdates() {
    if (!this.options.clientSecret) return {};
    const { error } = await fetchIntent(this.stripe.key, this.options.clientSecret);
    if (error) return { error };
    await this.element?.redraw();
    return {};
  }
}

// What Elements without an intent offer: the types that go with the currency, as far as the page allows them.
function offeredTypes(/** @type {ElementsOptions} */ { allowedPaymentMethodTypes: allowed, excludedPaymentMethodTypes: excluded, currency }) {
  const fitting = Object.entries(CURRENCIES).filter(([, only]) => !currency || only === currency).map(([type]) => type);
  return ['card', ...fitting].filter((type) => (allowed ?? [type]).includes(type) && !excluded?.includes(type));
}

// Elements without an intent must say themselves what they are for.
function checkDeferred(/** @type {ElementsOptions} */ { mode, amount, currency }) {
  if (!mode) {
    throw new IntegrationError('In order to create a payment element, you must pass a client secret or a mode.');
  }
  if (!MODES.includes(mode)) {
    throw new IntegrationError(`Invalid value for elements(): mode should be one of: ${MODES.join(', ')}. You specified: ${mode}.`);
  }
  if (mode === 'setup') return;
  const least = mode === 'payment' ? 1 : 0;
  if (!Number.isInteger(amount) || Number(amount) < least) {
    throw new IntegrationError(`Invalid value for elements(): amount should be a whole number from ${least}. You specified: ${amount}.`);
  }
  if (!/^[a-z]{3}$/.test(currency ?? '')) {
    throw new IntegrationError(`Invalid value for elements(): currency should be three small letters. You specified: ${currency}.`);
  }
}
