// The Address Element. In the group of a Payment Element its address goes along with the payment by itself.

const ADDRESS_MODES = ['billing', 'shipping'];

class AddressElement extends FramedElement {
  constructor(elements, options) {
    super(elements, options, { type: 'address', page: 'browser/address.html', title: 'Secure address input frame' });
  }

  opening() {
    const { appearance, locale } = this.elements.options;
    return { appearance, locale: locale ?? this.elements.stripe.options.locale, ...this.options };
  }

  mount(target) {
    super.mount(target);
    this.elements.element?.redraw();
    return this;
  }

  // What is typed; what is missing shows itself in the frame.
  /** @returns {Promise<any>} */
  async getValue() {
    if (!this.frame) throw new IntegrationError('getValue(): the Address Element must be mounted.');
    return this.frame.ask('value');
  }

  unmount() {
    const stood = this.frame !== null;
    super.unmount();
    if (stood) this.elements.element?.redraw();
  }

  destroy() {
    super.destroy();
    delete this.elements.addresses[this.options.mode];
  }
}

function addressElement(elements, /** @type {{ mode?: string }} */ options = {}) {
  const { mode } = options;
  if (!ADDRESS_MODES.includes(mode ?? '')) {
    throw new IntegrationError(`Invalid value for create(): mode should be one of: ${ADDRESS_MODES.join(', ')}. You specified: ${mode}.`);
  }
  if (elements.addresses[mode ?? '']) {
    throw new IntegrationError(`Can only create one Element of type address in ${mode} mode through elements.create('address').`);
  }
  return new AddressElement(elements, options);
}

// The billing details of a payment: what the page says goes before what is typed in an Address Element.
async function withAddress(elements, given = {}) {
  const { billing } = elements.addresses;
  if (!billing?.frame) return given;
  const { name, phone, address } = (await billing.getValue()).value;
  const said = given.billing_details ?? {};
  return { ...given, billing_details: { name, phone: phone || undefined, ...said, address: { ...address, ...said.address } } };
}

// The same for confirming, where a shipping address goes along too.
async function withAddresses(elements, kind, params) {
  const { shipping } = elements.addresses;
  const billing = await withAddress(elements, params.payment_method_data);
  const told = Object.keys(billing).length ? { ...params, payment_method_data: billing } : params;
  if (!shipping?.frame || params.shipping || kind === SETUP) return told;
  const { name, phone, address } = (await shipping.getValue()).value;
  return { ...told, shipping: { name, phone: phone || undefined, address } };
}
