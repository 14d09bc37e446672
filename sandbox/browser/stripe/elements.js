// Elements and the Payment Element. The card lives in the frame; this side only places it and passes on what happens.

// The other Elements, by the names an integrator knows. Not one of them is built.
const OTHER_ELEMENTS = {
  ...Object.fromEntries(['card', 'cardNumber', 'cardExpiry', 'cardCvc'].map((type) => [type, 'card elements'])),
  address: 'the Address Element',
  expressCheckout: 'the Express Checkout Element',
  linkAuthentication: 'the Link Authentication Element',
  paymentMethodMessaging: 'the Payment Method Messaging Element',
  iban: 'the IBAN Element',
};
// The only currency of each kind of bank debit.
const CURRENCIES = { sepa_debit: 'eur', us_bank_account: 'usd' };
const MODES = ['payment', 'setup', 'subscription'];

class PaymentElement {
  constructor(elements, options) {
    this.elements = elements;
    this.options = options;
    this.listeners = new Map();
    this.frame = null;
  }

  mount(target) {
    const place = typeof target === 'string' ? document.querySelector(target) : target;
    if (!(place instanceof Element)) {
      throw new IntegrationError(
        `The selector you specified (${target}) applies to no DOM elements that are currently on the page. ` +
          'Make sure the element exists on the page before calling mount().',
      );
    }
    this.unmount();
    this.frame = new Frame('browser/payment.html', 'Secure payment input frame');
    this.frame.node.style.height = '0';
    this.frame.node.name = `__privateStripeFrame${Math.floor(Math.random() * 1e6)}`;
    this.paint();
    this.frame.on('height', (height) => { if (this.frame) this.frame.node.style.height = `${height}px`; });
    for (const name of ['ready', 'change', 'focus', 'blur', 'loaderror', 'escape']) {
      this.frame.on(name, (data) => this.emit(name, { elementType: 'payment', ...data }));
    }
    place.replaceChildren(this.frame.node);
    place.classList.add('StripeElement');
    this.frame.ask('open', this.elements.opening(this.options));
    return this;
  }

  // A frame is see-through only while its colour scheme is that of its document.
  paint() {
    const dark = this.elements.options.appearance?.theme === 'night';
    if (this.frame) this.frame.node.style.colorScheme = dark ? 'dark' : 'light';
  }

  on(name, handler) {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), handler]);
    return this;
  }

  once(name, handler) {
    const wrapped = (event) => { this.off(name, wrapped); handler(event); };
    return this.on(name, wrapped);
  }

  off(name, handler) {
    const kept = handler ? (this.listeners.get(name) ?? []).filter((one) => one !== handler) : [];
    this.listeners.set(name, kept);
    return this;
  }

  emit(name, event) {
    for (const handler of this.listeners.get(name) ?? []) handler(event);
  }

  update(options) {
    this.options = { ...this.options, ...options };
    this.frame?.ask('update', this.elements.opening(this.options));
    return this;
  }

  collapse() { return notDone('collapse() of the Payment Element')(); }

  focus() { this.frame?.ask('focus'); }
  blur() { this.frame?.ask('blur'); }
  clear() { this.frame?.ask('clear'); }

  unmount() {
    this.frame?.close();
    this.frame = null;
  }

  destroy() {
    this.unmount();
    this.elements.element = null;
    this.listeners.clear();
  }
}

class Elements {
  constructor(stripe, /** @type {ElementsOptions} */ options) {
    this.stripe = stripe;
    this.options = options;
    this.element = null;
    this.submitted = false;
    this.whenUpdated = [];
    if (options.clientSecret) intentOf(options.clientSecret);
    else checkDeferred(options);
  }

  create(type, options = {}) {
    if (type !== 'payment') notDone(OTHER_ELEMENTS[type] ?? `the '${type}' element`)();
    if (this.element) throw new IntegrationError("Can only create one Element of type payment through elements.create('payment').");
    this.element = new PaymentElement(this, options);
    return this.element;
  }

  getElement(type) {
    return type === 'payment' ? this.element : null;
  }

  // What the frame needs to draw itself.
  opening(elementOptions) {
    const { clientSecret, customerSessionClientSecret, appearance, locale, mode, setupFutureUsage } = this.options;
    const { defaultValues, layout, fields, readOnly, terms, business, paymentMethodOrder } = elementOptions;
    return {
      key: this.stripe.key, clientSecret, customerSessionClientSecret, appearance, mode, setupFutureUsage,
      locale: locale ?? this.stripe.options.locale, defaultValues, layout, fields, readOnly, terms, business,
      paymentMethodOrder, types: offeredTypes(this.options),
    };
  }

  mounted() {
    if (!this.element?.frame) {
      throw new IntegrationError('Invalid value for elements: it should have a mounted Payment Element.');
    }
    return this.element.frame;
  }

  // Checks the fields and shows what is missing, before the server is asked for an intent.
  async submit() {
    const result = await this.mounted().ask('validate');
    this.submitted = !result.error;
    return result.error ? { error: result.error } : { selectedPaymentMethod: result.type };
  }

  async update(options) {
    const wanted = { ...this.options, ...options };
    if (!wanted.clientSecret) checkDeferred(wanted);
    this.options = wanted;
    this.element?.paint();
    await this.element?.frame?.ask('update', this.opening(this.element.options));
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
    await this.element?.frame?.ask('update', this.opening(this.element.options));
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
