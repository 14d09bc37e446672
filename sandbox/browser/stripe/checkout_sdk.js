// `initCheckoutElementsSdk`: the seller's own form around one Payment Element, and what the payer changes in it.

const NOT_ELEMENTS = /** @type {const} */ ([
  'BillingAddress', 'ShippingAddress', 'ExpressCheckout', 'CurrencySelector', 'TaxId', 'ContactDetails', 'Terms', 'LinkSignup',
]);
const CHECKOUT_CODES = {
  promotion_code_invalid: 'invalidCode',
  email_invalid: 'invalidEmail',
  tax_id_invalid: 'invalidTaxId',
};

function sessionIdOf(clientSecret) {
  const [id] = String(clientSecret ?? '').split('_secret_');
  if (!id.startsWith('cs_') || id === clientSecret) {
    throw new IntegrationError('Invalid value for clientSecret: it should be a Checkout Session client secret.');
  }
  return id;
}

// The Payment Element of a session: what it shows is known only once the session is.
class CheckoutPaymentElement extends PaymentElement {
  mount(target) {
    if (this.elements.page) return super.mount(target);
    this.elements.loaded.then(() => super.mount(target));
    return this;
  }
}

class CheckoutSdk {
  constructor(stripe, /** @type {CheckoutOptions} */ options = {}) {
    this.stripe = stripe;
    this.options = options.elementsOptions ?? {};
    this.defaults = options.defaultValues ?? {};
    this.locale = stripe.options.locale ?? 'auto';
    this.handlers = [];
    this.element = null;
    this.complete = false;
    this.page = null;
    this.loaded = this.load(options.clientSecret);
    for (const name of NOT_ELEMENTS) {
      this[`create${name}Element`] = notDone(`the ${name} element of Checkout`);
      this[`get${name}Element`] = () => null;
    }
  }

  async load(clientSecret) {
    this.secret = await clientSecret;
    this.path = `/v1/payment_pages/${sessionIdOf(this.secret)}`;
    const answer = await this.refresh();
    if (answer.error) return answer;
    const { email, phoneNumber, billingAddress, shippingAddress } = this.defaults;
    const known = { phone: phoneNumber, billing_address: billingAddress, shipping_address: shippingAddress };
    const told = { ...known, email: answer.email_fixed ? undefined : email };
    return Object.values(told).some(Boolean) && answer.status === 'open' ? this.tell(told) : answer;
  }

  get access() {
    return { key: this.stripe.key, client_secret: this.secret };
  }

  async refresh() {
    return this.keep(await request('GET', this.path, this.access));
  }

  async tell(told) {
    return this.keep(await request('POST', this.path, { ...this.access, ...told }));
  }

  keep(answer) {
    if (answer.error) return answer;
    this.page = answer;
    this.changed();
    return answer;
  }

  changed() {
    for (const handler of this.handlers) handler(this.session());
  }

  session() {
    const filled = this.complete || !needsCard(this.page);
    return shownSession(this.page, this.locale, filled);
  }

  // What every change is answered with.
  outcome(answer) {
    if (!answer.error) return { type: 'success', session: this.session() };
    return { type: 'error', error: { message: answer.error.message, code: CHECKOUT_CODES[answer.error.code] ?? null } };
  }

  on(name, handler) {
    if (name !== 'change') throw new IntegrationError(`Checkout has no event '${name}'.`);
    this.handlers.push(handler);
  }

  async loadActions() {
    const answer = await this.loaded;
    if (answer.error) return { type: 'error', error: { message: answer.error.message, code: null } };
    return { type: 'success', actions: this.actions() };
  }

  actions() {
    const change = async (told) => this.outcome(await this.tell(told));
    return {
      getSession: () => this.session(),
      applyPromotionCode: (code) => change({ promotion_code: code }),
      removePromotionCode: () => change({ promotion_code: '' }),
      updateEmail: (email) => change({ email: email ?? '' }),
      updatePhoneNumber: (phone) => change({ phone: phone ?? '' }),
      updateIndividualName: (name) => change({ individual_name: name ?? '' }),
      updateBusinessName: (name) => change({ business_name: name ?? '' }),
      updateBillingAddress: (address) => change({ billing_address: address ?? '' }),
      updateShippingAddress: (address) => change({ shipping_address: address ?? '' }),
      updateLineItemQuantity: ({ lineItem, quantity }) => change({ line_item: lineItem, quantity }),
      updateTaxIdInfo: (info) => change({ tax_ids: info ? [info.taxId] : '', business_name: info?.businessName ?? '' }),
      runServerUpdate: (update) => this.runServerUpdate(update),
      validateElements: () => this.validateElements(),
      confirm: (options) => confirmCheckout(this, options),
      updateShippingOption: notDone('shipping options'),
      addOptionalLineItem: notDone('optional items'),
      removeOptionalLineItem: notDone('optional items'),
    };
  }

  // For our own form page, which hands the payment method to the page that holds it.
  prepared() {
    return needsCard(this.page) ? preparedMethod(this) : Promise.resolve({});
  }

  async runServerUpdate(update) {
    try {
      await update();
    } catch (/** @type {any} */ error) {
      return { type: 'error', error: { message: error?.message ?? 'The update failed.', code: null } };
    }
    return this.outcome(await this.refresh());
  }

  async validateElements() {
    if (!this.element?.frame) return { type: 'error', error: { code: 'no_elements', message: 'No element is mounted.', validation_errors: [] } };
    const { error } = await this.element.frame.ask('validate');
    if (!error) return { type: 'success', session: this.session() };
    const { message } = error;
    return { type: 'error', error: { code: 'validation_error', message, validation_errors: [{ message, element: 'payment' }] } };
  }

  createPaymentElement(options = {}) {
    if (this.element) throw new IntegrationError('Can only create one Payment Element for a Checkout Session.');
    this.element = new CheckoutPaymentElement(this, options);
    this.element.on('change', ({ complete }) => {
      this.complete = complete;
      if (this.page) this.changed();
    });
    return this.element;
  }

  getPaymentElement() {
    return this.element;
  }

  changeAppearance(appearance) {
    this.options = { ...this.options, appearance };
    this.element?.redraw();
  }

  loadFonts(fonts) {
    this.options = { ...this.options, fonts };
  }

  // What the frame of the card needs to draw itself.
  opening(/** @type {CheckoutElementOptions} */ { layout, fields, readOnly, terms, paymentMethodOrder } = {}) {
    const { address, name } = this.page.typed;
    // The e-mail address is the session's, so the frame does not ask for it.
    const told = fields?.billingDetails;
    const asked = told === 'never' ? told : { ...(typeof told === 'object' ? told : {}), email: 'never' };
    return {
      key: this.stripe.key, customerSessionClientSecret: this.page.customer_session_client_secret ?? undefined,
      appearance: this.options.appearance, locale: this.locale, layout, readOnly, terms, paymentMethodOrder,
      fields: { ...fields, billingDetails: asked }, types: this.page.payment_method_types,
      business: { name: this.page.branding_settings.display_name },
      defaultValues: { billingDetails: { address: address ?? undefined, name: name ?? undefined } },
    };
  }
}
