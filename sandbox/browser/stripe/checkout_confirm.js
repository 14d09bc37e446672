// Confirming a session: the frame makes a payment method of the card, the API tries it, and the bank may be asked.

async function confirmCheckout(sdk, /** @type {CheckoutConfirmOptions} */ options = {}) {
  const { returnUrl, redirect = 'always' } = options;
  const way = returnUrl ?? sdk.page.return_url ?? sdk.page.success_url;
  if (redirect === 'always' && !way) {
    throw new IntegrationError('confirm(): `returnUrl` is required, as the Checkout Session has no `return_url`.');
  }
  const answer = await tryToPay(sdk, options);
  sdk.form?.tried(answer.error);
  if (answer.error) return failedCheckout(sdk, answer.error);
  if (redirect === 'always') {
    location.assign(way.replace('{CHECKOUT_SESSION_ID}', sdk.page.id));
    return new Promise(() => {});
  }
  return { type: 'success', session: sdk.session() };
}

async function tryToPay(sdk, options) {
  if (taxStatus(sdk.page) !== 'ready' && !options.billingAddress && !options.shippingAddress) {
    return { error: { message: 'Enter your address, so that the tax can be calculated.' } };
  }
  const method = await givenMethod(sdk, options);
  if (method.error) return method;
  const answer = await request('POST', `${sdk.path}/confirm`, { ...sdk.access, ...checkoutParams(sdk, options, method) });
  if (answer.error) return answer;
  return afterBank(sdk, sdk.keep(answer));
}

// The amount goes along, so that nobody pays another total than the one last shown.
function checkoutParams(sdk, { email, phoneNumber, billingAddress, shippingAddress, savePaymentMethod }, { paymentMethod, save }) {
  return {
    payment_method: paymentMethod,
    expected_amount: sdk.page.mode === 'setup' ? undefined : sdk.page.amount_total,
    email,
    phone: phoneNumber,
    billing_address: billingAddress,
    shipping_address: shippingAddress,
    save: savePaymentMethod ?? save,
  };
}

// A payment method by id: named, from the form that asked to be confirmed, or made from the mounted element.
async function givenMethod(sdk, /** @type {CheckoutConfirmOptions} */ { paymentMethod, formConfirmEvent }) {
  if (formConfirmEvent && sdk.form) {
    const made = await sdk.form.prepared();
    if (!made.error) await sdk.refresh();
    return made;
  }
  return paymentMethod ? { paymentMethod } : sdk.prepared();
}

async function preparedMethod(sdk) {
  if (!sdk.element?.frame) {
    throw new IntegrationError('confirm(): a mounted Payment Element or `paymentMethod` is required.');
  }
  const { email, name, phone } = { email: sdk.page.email, ...sdk.page.typed };
  const billing = { email: email ?? undefined, name: name ?? undefined, phone: phone ?? undefined, address: sdk.page.typed.address ?? undefined };
  const made = await sdk.element.frame.ask('createPaymentMethod', { params: { billing_details: billing } });
  if (made.error) return { error: made.error };
  const { id, customer, allow_redisplay: redisplay } = made.paymentMethod;
  return { paymentMethod: id, save: !customer && redisplay === 'always' ? true : undefined };
}

async function afterBank(sdk, page) {
  if (page.intent?.status !== 'requires_action') return page;
  await askBank(page.intent.client_secret);
  const after = await sdk.refresh();
  if (after.error || after.status !== 'open') return after;
  const { last_payment_error: payment, last_setup_error: setUp } = after.intent ?? {};
  return { error: payment ?? setUp ?? { message: 'The payment was not completed.' } };
}

// A card that says no; the session stays open and tells so.
async function failedCheckout(sdk, error) {
  await sdk.refresh();
  if (error.type !== 'card_error') return { type: 'error', error: { message: error.message, code: null } };
  const paymentFailed = { declineCode: error.decline_code ?? null };
  return { type: 'error', error: { message: error.message, code: 'paymentFailed', paymentFailed } };
}
