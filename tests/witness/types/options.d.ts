// The names the comments of the sandbox's stripe.js use for what a page may pass. All of them come from Stripe's types.

import type * as Real from '@stripe/stripe-js';

type Overloads<F> = F extends {
  (first: infer A, ...rest: never[]): unknown;
  (first: infer B, ...rest: never[]): unknown;
  (first: infer C, ...rest: never[]): unknown;
  (first: infer D, ...rest: never[]): unknown;
}
  ? A | B | C | D
  : never;
type NamesOf<Union> = Union extends Union ? keyof Union : never;
type ValueOf<Union, Name> = Union extends Union ? (Name extends keyof Union ? Union[Name] : never) : never;
// One object with every option of every way to call it, none of them required.
type Merged<Union> = { [Name in NamesOf<Union>]?: ValueOf<Union, Name> };

declare global {
  type OptionsOf<Name extends keyof Real.Stripe> = Merged<Exclude<Overloads<Real.Stripe[Name]>, string | undefined>>;
  type ElementsOptions = OptionsOf<'elements'>;
  type CheckoutOptions = Partial<Real.StripeCheckoutElementsSdkOptions>;
  type CheckoutFormOptions = Partial<Real.StripeCheckoutFormSdkOptions>;
  type CheckoutElementOptions = Real.StripeCheckoutPaymentElementOptions;
  type CheckoutConfirmOptions = NonNullable<Parameters<Real.StripeCheckoutLoadActionsSuccess['confirm']>[0]>;
}
