// The sandbox's stripe.js, as the compiler understands its plain JavaScript, held against the types Stripe publishes.
// Nothing here runs. A line that does not compile says what an integrator would miss, or find otherwise than at Stripe.

import type * as Real from '@stripe/stripe-js';

// Plain JavaScript does not keep a word a literal ('success' is any string there), so names, nesting, nulls and kinds
// are compared, and words are not.
type Loose<T> = T extends (...given: infer Given) => infer Result
  ? (...given: Given) => Loose<Result>
  : T extends Promise<infer Inner>
    ? Promise<Loose<Inner>>
    : T extends object
      ? { [Name in keyof T]: Loose<T[Name]> }
      : T extends string
        ? string
        : T;
type Method = (...given: never[]) => unknown;
type Given<F> = F extends Method ? Awaited<ReturnType<F>> : never;
type Nothing<Names> = [Names] extends [never] ? 'nothing' : { these: Names };
type NamesOf<Union> = Union extends Union ? keyof Union : never;
// What ours answers with and Stripe's does not.
type Invented<Ours, Theirs> = Nothing<Exclude<NamesOf<Ours>, NamesOf<Theirs>>>;
// What Stripe's has and ours neither has nor refuses in words.
type Lacking<Ours, Refused, Theirs> = Nothing<Exclude<keyof Theirs, keyof Ours | Refused>>;

// ---- The script and the object it gives

declare const ours: ReturnType<typeof Stripe>;
type Built = Exclude<keyof typeof ours, 'key' | 'options'>;
type Refused = (typeof NOT_BUILT)[number];
type Gone = 'redirectToCheckout' | 'initCheckout' | 'initEmbeddedCheckout' | 'handleCardPayment' | 'handleCardSetup';

export const script: { version: string; (key: string, options?: Real.StripeConstructorOptions): object } = Stripe;
export const inventedNames: Nothing<Exclude<Built | Refused, keyof Real.Stripe>> = 'nothing';
export const goneNames: Nothing<Extract<Built | Refused, Gone>> = 'nothing';
export const bothBuiltAndRefused: Nothing<Extract<Built, Refused>> = 'nothing';
export const silentlyLacking: Lacking<typeof ours, Refused, Real.Stripe> = 'nothing';

// Their answers come as the API's JSON, of which the compiler knows no field: arguments and shape of the call only.
type Unread = 'retrievePaymentIntent' | 'retrieveSetupIntent';
type Whole = 'elements' | 'initCheckoutElementsSdk' | 'initCheckoutFormSdk';
export const methods: Pick<Real.Stripe, Exclude<Built, Unread | Whole>> = ours;
export const reading: Record<Unread, (clientSecret: string) => Promise<{ error?: Real.StripeError }>> = ours;

// ---- Elements and the Payment Element

declare const group: ReturnType<typeof ours.elements>;
export const elements: Omit<Real.StripeElements, 'create' | 'getElement'> = group;
export const inventedBySubmit: Invented<Given<typeof group.submit>, Given<Real.StripeElements['submit']>> = 'nothing';
export const inventedByFetch: Invented<Given<typeof group.fetchUpdates>, { error: object }> = 'nothing';
export const creating: Pick<Real.StripeElements, 'create' | 'getElement'> = group;
export const payment: Real.StripePaymentElement = {} as PaymentElement;
export const address: Real.StripeAddressElement = {} as AddressElement;

// ---- Checkout

declare const sdk: ReturnType<typeof ours.initCheckoutElementsSdk>;
declare const loaded: ReturnType<typeof sdk.actions>;
type Session = Real.StripeCheckoutSession;
type Actions = Real.StripeCheckoutLoadActionsSuccess;
type RefusedElement = `${'create' | 'get'}${(typeof NOT_ELEMENTS)[number]}Element`;
// Stripe's own types say of these that they cannot fail; ours tell what the API refused.
type NeverFails = 'updatePhoneNumber' | 'updateIndividualName' | 'updateBusinessName';

export const checkoutLacking: Lacking<typeof sdk, RefusedElement, Real.StripeCheckoutElementsSdk> = 'nothing';
export const inventedElements: Nothing<Exclude<RefusedElement, keyof Real.StripeCheckoutElementsSdk>> = 'nothing';
export const checkout: Omit<Real.StripeCheckoutElementsSdk, RefusedElement | 'loadActions'> = sdk;
export const actions: Loose<Omit<Actions, NeverFails>> = loaded;
export const changing: Record<NeverFails, (text: string | null) => Promise<{ type: string }>> = loaded;
export const session: Loose<Session> = sdk.session();
export const line: Loose<Real.StripeCheckoutLineItem> = {} as ReturnType<typeof shownLine>;
export const card: Loose<Real.StripeCheckoutSavedPaymentMethod> = {} as ReturnType<typeof shownCard>;
export const inventedActions: Invented<typeof loaded, Actions> = 'nothing';
export const inventedFields: Invented<ReturnType<typeof sdk.session>, Session> = 'nothing';
export const inventedOfLines: Invented<ReturnType<typeof shownLine>, Real.StripeCheckoutLineItem> = 'nothing';
export const inventedByLoading: Invented<Given<typeof sdk.loadActions>, Real.StripeCheckoutLoadActionsResult> = 'nothing';

// ---- Checkout's whole form, and the whole page in a frame

declare const formSdk: ReturnType<typeof ours.initCheckoutFormSdk>;
type RefusedInForm = (typeof NOT_IN_FORM)[number];

export const formLacking: Lacking<typeof formSdk, RefusedElement, Real.StripeCheckoutFormSdk> = 'nothing';
export const inventedInForm: Nothing<Exclude<RefusedInForm, keyof Real.StripeCheckoutForm>> = 'nothing';
export const formsOwn: Lacking<ReturnType<typeof formSdk.createForm>, RefusedInForm, Real.StripeCheckoutForm> = 'nothing';
export const page: Real.StripeEmbeddedCheckout = {} as Given<typeof ours.createEmbeddedCheckoutPage>;
