// A Checkout Session as a page's script sees it: Stripe's names of the browser, made from what the API answers.

const DIVISORS = {
  1: ['bif', 'clp', 'djf', 'gnf', 'jpy', 'kmf', 'krw', 'mga', 'pyg', 'rwf', 'vnd', 'vuv', 'xaf', 'xof', 'xpf'],
  1000: ['bhd', 'jod', 'kwd', 'omr', 'tnd'],
};

function divisorOf(currency) {
  return Number(Object.keys(DIVISORS).find((divisor) => DIVISORS[divisor].includes(currency)) ?? 100);
}

// The digits are moved as text: money is never a fraction here.
function amountIn(currency, locale) {
  const digits = String(divisorOf(currency)).length - 1;
  /** @type {Intl.NumberFormatOptions} */
  const format = { style: 'currency', currency: currency ?? 'usd', minimumFractionDigits: digits, maximumFractionDigits: digits };
  const writer = new Intl.NumberFormat(locale === 'auto' ? undefined : locale, format);
  return (given) => {
    const minor = given ?? 0;
    const figures = String(Math.abs(minor)).padStart(digits + 1, '0');
    const text = digits ? `${figures.slice(0, -digits)}.${figures.slice(-digits)}` : figures;
    return { minorUnitsAmount: minor, amount: writer.format(/** @type {any} */ (minor < 0 ? `-${text}` : text)) };
  };
}

function shownSession(page, locale, complete) {
  const amount = amountIn(page.currency, locale);
  const collects = page.name_collection;
  return {
    id: page.id,
    livemode: page.livemode,
    currency: page.currency,
    currencyOptions: null,
    minorUnitsAmountDivisor: divisorOf(page.currency),
    status: page.status === 'complete' ? { type: 'complete', paymentStatus: page.payment_status } : { type: page.status },
    canConfirm: complete && isReady(page),
    email: page.email,
    phoneNumber: page.typed.phone ?? null,
    billingAddress: page.typed.address ? { name: page.typed.name ?? null, address: page.typed.address } : null,
    shippingAddress: page.typed.shipping ?? null,
    businessName: page.typed.business_name ?? null,
    nameCollection: collects && { individualName: page.typed.individual_name ?? null, businessName: page.typed.business_name ?? null },
    taxIdInfo: shownTaxId(page.typed),
    lineItems: page.line_items.map((line) => shownLine(line, amount)),
    optionalItems: null,
    discountAmounts: shownDiscounts(page, amount),
    taxAmounts: shownTaxes(page.breakdown.taxes, amount),
    tax: { status: taxStatus(page) },
    total: shownTotal(page, amount),
    recurring: shownRecurring(page, amount),
    savedPaymentMethods: page.saved_payment_methods.length ? page.saved_payment_methods.map(shownCard) : null,
    shipping: null,
    shippingOptions: [],
    surcharge: null,
    lastPaymentError: page.last_error ? { message: page.last_error } : null,
  };
}

// Whether all that the seller asked for is there, but for the card.
function isReady(page) {
  const { typed } = page;
  const answered = page.custom_fields.every((field) => field.optional || field[field.type].value !== null);
  const accepted = page.consent_collection?.terms_of_service !== 'required' || typed.consent?.terms_of_service === 'accepted';
  return page.status === 'open' && (page.mode === 'setup' || page.email !== null) && taxStatus(page) === 'ready'
    && answered && accepted && (!page.phone_number_collection.enabled || Boolean(typed.phone))
    && (!page.shipping_address_collection || Boolean(typed.shipping));
}

// Whether a card must be given: not for an order that costs nothing today and asks for none.
function needsCard(page) {
  return page.mode === 'setup' || Boolean(page.amount_total) || page.payment_method_collection === 'always';
}

function taxStatus(page) {
  if (!page.automatic_tax.enabled || page.automatic_tax.status === 'complete') return 'ready';
  return page.shipping_address_collection ? 'requires_shipping_address' : 'requires_billing_address';
}

function shownTaxId(typed) {
  const [given] = typed.tax_ids ?? [];
  return given ? { taxId: { type: given.type, value: given.value }, businessName: typed.business_name ?? '' } : null;
}

function shownLine(line, amount) {
  const { price, quantity, product } = line;
  const inclusive = sumOf(line.taxes.filter((row) => row.rate.inclusive));
  const bounds = line.adjustable_quantity?.enabled ? line.adjustable_quantity : null;
  const packs = price.transform_quantity;
  return {
    id: line.id,
    name: line.description,
    description: null,
    priceId: price.id,
    quantity,
    images: product.images ?? [],
    unitLabel: product.unit_label ?? null,
    unitAmount: amount(price.unit_amount),
    unitAmountDecimal: null,
    subtotal: amount(line.amount_subtotal),
    discount: amount(line.amount_discount),
    taxInclusive: amount(inclusive),
    taxExclusive: amount(line.amount_tax - inclusive),
    total: amount(line.amount_total),
    discountAmounts: line.discounts.length ? line.discounts.map((row) => ({ ...amount(row.amount), displayName: '', promotionCode: null, recurring: null, percentOff: null })) : null,
    taxAmounts: shownTaxes(line.taxes, amount),
    recurring: price.recurring && { interval: price.recurring.interval, intervalCount: price.recurring.interval_count, usageType: price.recurring.usage_type },
    adjustableQuantity: bounds && { minimum: bounds.minimum, maximum: bounds.maximum },
    isRemovable: false,
    pricing: null,
    transformQuantity: packs && { divideBy: packs.divide_by, round: packs.round, packageCount: Math[packs.round === 'up' ? 'ceil' : 'floor'](quantity / packs.divide_by) },
  };
}

function shownDiscounts(page, amount) {
  const rows = page.breakdown.discounts.map((row) => ({
    ...amount(row.amount),
    displayName: row.name ?? page.promotion_code ?? '',
    promotionCode: page.promotion_code,
    percentOff: row.percent_off,
    recurring: null,
  }));
  return rows.length ? rows : null;
}

function shownTaxes(taxes, amount) {
  const rows = taxes.map((row) => ({
    ...amount(row.amount), inclusive: row.rate.inclusive, displayName: row.rate.display_name, percentage: row.rate.percentage,
  }));
  return rows.length ? rows : null;
}

function shownTotal(page, amount) {
  const inclusive = sumOf(page.breakdown.taxes.filter((row) => row.rate.inclusive));
  return {
    subtotal: amount(page.amount_subtotal),
    discount: amount(page.total_details?.amount_discount),
    taxInclusive: amount(inclusive),
    taxExclusive: amount((page.total_details?.amount_tax ?? 0) - inclusive),
    shippingRate: amount(0),
    surcharge: amount(0),
    appliedBalance: amount(0),
    balanceAppliedToNextInvoice: false,
    total: amount(page.amount_total),
  };
}

function shownRecurring(page, amount) {
  const pace = page.line_items.find((line) => line.price.recurring)?.price.recurring;
  if (!pace) return null;
  const next = page.due_next;
  const days = page.trial_days;
  return {
    interval: pace.interval,
    intervalCount: pace.interval_count,
    isProrated: false,
    dueNext: {
      subtotal: amount(next.amount_subtotal), discount: amount(next.amount_discount), taxInclusive: amount(0),
      taxExclusive: amount(next.amount_tax), total: amount(next.amount_total), billingCycleAnchor: null,
    },
    trial: days ? { trialEnd: page.created + days * 86400, trialPeriodDays: days } : null,
  };
}

function shownCard({ id, card, billing_details: billing }) {
  return {
    id,
    type: 'card',
    card: { brand: card.brand, last4: card.last4, expMonth: card.exp_month, expYear: card.exp_year },
    billingDetails: { email: billing.email, name: billing.name, phone: billing.phone, address: billing.address },
  };
}

function sumOf(rows) {
  return rows.reduce((sum, row) => sum + row.amount, 0);
}
