// The global `Stripe` function, with Stripe's names.

// What Stripe's script has and this one refuses in words; last the methods of single countries and banks.
const NOT_BUILT = /** @type {const} */ ([
  'collectBankAccountForPayment', 'collectBankAccountForSetup', 'collectBankAccountToken',
  'collectFinancialConnectionsAccounts', 'createEphemeralKeyNonce', 'createRadarSession', 'createToken',
  'handleCardAction', 'initializePricing', 'paymentRequest', 'processOrder', 'retrieveOrder', 'verifyIdentity',
  'verifyMicrodepositsForPayment', 'verifyMicrodepositsForSetup',
  'confirmAcssDebitPayment', 'confirmAcssDebitSetup', 'confirmAffirmPayment', 'confirmAfterpayClearpayPayment',
  'confirmAlipayPayment', 'confirmAmazonPaySetup', 'confirmAuBecsDebitPayment', 'confirmAuBecsDebitSetup',
  'confirmBacsDebitSetup', 'confirmBancontactPayment', 'confirmBancontactSetup', 'confirmBilliePayment',
  'confirmBlikPayment', 'confirmBlikSetup', 'confirmBoletoPayment', 'confirmCashappPayment', 'confirmCashappSetup',
  'confirmCustomerBalancePayment', 'confirmEpsPayment', 'confirmFpxPayment', 'confirmGiropayPayment',
  'confirmGrabPayPayment', 'confirmIdealPayment', 'confirmIdealSetup', 'confirmKlarnaPayment',
  'confirmKonbiniPayment', 'confirmMobilepayPayment', 'confirmMultibancoPayment', 'confirmOxxoPayment',
  'confirmP24Payment', 'confirmPayByBankPayment', 'confirmPayNowPayment', 'confirmPayPalPayment',
  'confirmPayPalSetup', 'confirmPixPayment', 'confirmPromptPayPayment', 'confirmSepaDebitPayment',
  'confirmSepaDebitSetup', 'confirmSofortPayment', 'confirmSofortSetup', 'confirmTwintPayment',
  'confirmUsBankAccountPayment', 'confirmUsBankAccountSetup', 'confirmWechatPayPayment',
]);

class SandboxStripe {
  constructor(key, options) {
    this.key = key;
    this.options = options;
    for (const name of NOT_BUILT) this[name] = notDone(`stripe.${name}()`);
  }

  elements(/** @type {ElementsOptions} */ options = {}) {
    return new Elements(this, options);
  }

  confirmPayment(options) {
    return confirmPayment(this, options);
  }

  confirmSetup(options) {
    return confirmSetup(this, options);
  }

  retrievePaymentIntent(clientSecret) {
    return fetchIntent(this.key, clientSecret, PAYMENT);
  }

  retrieveSetupIntent(clientSecret) {
    return fetchIntent(this.key, clientSecret, SETUP);
  }

  handleNextAction(options) {
    return handleNextAction(this, options);
  }

  confirmCardPayment(clientSecret, data, options) {
    return confirmSaved(this, PAYMENT, clientSecret, data, options);
  }

  confirmCardSetup(clientSecret, data, options) {
    return confirmSaved(this, SETUP, clientSecret, data, options);
  }

  createConfirmationToken(options) {
    return createConfirmationToken(this, options);
  }

  createPaymentMethod(options) {
    return createPaymentMethod(this, options);
  }

  initCheckoutElementsSdk(options) {
    return new CheckoutSdk(this, options);
  }

  initCheckoutFormSdk(options) {
    return new CheckoutFormSdk(this, options);
  }

  createEmbeddedCheckoutPage(options) {
    return createEmbeddedCheckoutPage(this, options);
  }

  // Libraries around Stripe's script tell their names with it. Nobody listens here.
  registerAppInfo() {}
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
