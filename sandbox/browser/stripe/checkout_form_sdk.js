// `initCheckoutFormSdk`: the whole form in a frame of ours. It asks the page to confirm and never pays by itself.

// A page of ours in a frame: the form, or the whole embedded page.
class CheckoutFrame {
  constructor(title, opening) {
    this.title = title;
    this.opening = opening;
    this.frame = null;
    this.heard = new Map();
  }

  mount(target) {
    const place = typeof target === 'string' ? document.querySelector(target) : target;
    if (!(place instanceof Element)) throw new IntegrationError(`The selector you specified (${target}) applies to no DOM elements.`);
    this.unmount();
    this.frame = new Frame('browser/checkout.html', this.title);
    this.frame.node.style.height = '480px';
    for (const [name, handler] of this.heard) this.frame.on(name, handler);
    place.replaceChildren(this.frame.node);
    this.frame.ask('open', this.opening());
  }

  hear(name, handler) {
    this.heard.set(name, handler);
  }

  unmount() {
    this.frame?.close();
    this.frame = null;
  }
}

const NOT_IN_FORM = /** @type {const} */ (['blur', 'clear', 'focus', 'getValue', 'setView']);

class CheckoutForm {
  constructor(sdk, options) {
    this.sdk = sdk;
    this.listeners = new Map();
    for (const name of NOT_IN_FORM) this[name] = notDone(`${name}() of the form`);
    this.holder = new CheckoutFrame('Secure checkout form', () => ({
      manner: 'form', key: sdk.stripe.key, clientSecret: sdk.secret, locale: sdk.locale, appearance: sdk.options.appearance, options,
    }));
    for (const name of ['ready', 'change', 'focus', 'blur', 'escape', 'loaderror']) {
      this.holder.hear(name, (data) => this.emit(name, { elementType: 'checkoutForm', ...data }));
    }
    this.holder.hear('confirm', () => this.emit('confirm', { source: 'checkout-form-pay-button', paymentMethodType: 'card' }));
    // What the payer typed in the frame changed the session under the page's script.
    this.holder.hear('session', () => sdk.refresh());
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
    this.listeners.set(name, handler ? (this.listeners.get(name) ?? []).filter((one) => one !== handler) : []);
    return this;
  }

  emit(name, event) {
    for (const handler of this.listeners.get(name) ?? []) handler(event);
  }

  mount(target) {
    this.sdk.loaded.then(() => this.holder.mount(target));
    return this;
  }

  unmount() { this.holder.unmount(); }

  destroy() {
    this.unmount();
    this.sdk.form = null;
    this.listeners.clear();
  }

  // The payment method of what is typed in the frame; mistakes are shown there.
  prepared() {
    return /** @type {Frame} */ (this.holder.frame).ask('prepare');
  }

  // The frame shows how the try of its page ended.
  tried(error) {
    this.holder.frame?.ask('tried', { message: error?.message ?? null });
  }
}

class CheckoutFormSdk extends CheckoutSdk {
  constructor(stripe, /** @type {CheckoutFormOptions} */ { appearance, ...options } = {}) {
    super(stripe, { ...options, elementsOptions: { appearance } });
    this.form = null;
    this.createPaymentElement = notDone('a Payment Element beside the whole form');
  }

  createForm(options = {}) {
    if (this.form) throw new IntegrationError('Can only create one form for a Checkout Session.');
    this.form = new CheckoutForm(this, options);
    return this.form;
  }

  getForm() {
    return this.form;
  }

  changeAppearance(appearance) {
    this.options.appearance = appearance;
    this.form?.holder.frame?.ask('wear', { appearance });
  }

  async validateElements() {
    if (!this.form?.holder.frame) return super.validateElements();
    const { error } = await this.form.holder.frame.ask('validate');
    if (!error) return { type: 'success', session: this.session() };
    const { message } = error;
    return { type: 'error', error: { code: 'validation_error', message, validation_errors: [{ message, element: 'checkoutForm' }] } };
  }

  // In the form these are typed in the frame and nowhere else.
  /** @returns {any} */
  actions() {
    const mine = ['updateEmail', 'updatePhoneNumber', 'updateIndividualName', 'updateBusinessName', 'updateShippingAddress', 'updateBillingAddress', 'updateTaxIdInfo'];
    return Object.fromEntries(Object.entries(super.actions()).filter(([name]) => !mine.includes(name)));
  }
}
