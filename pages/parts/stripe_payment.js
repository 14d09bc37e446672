// The browser's half of `payment_element.py`: shows Stripe's Payment Element, confirms the payment.
// What it tells Python is news for the page, never proof: credits come from the ledger alone.

import { stripeFrom } from 'stripe_script';

const isDark = () => document.body.classList.contains('body--dark');

export default {
  template: `
    <div class="scrip-card-form" :aria-busy="String(phase === 'loading')">
      <p v-if="phase === 'loading'" class="scrip-card-form-wait">{{ loadingText }}</p>
      <div v-once ref="place"></div>
    </div>`,
  props: {
    scriptUrl: String,
    publishableKey: String,
    clientSecret: String,
    customerSessionSecret: String,
    returnUrl: String,
    asksBank: Boolean,
    appearance: Object,
    locale: String,
    loadingText: String,
  },
  // Declared, so that Vue does not also listen for browser events of the same names.
  emits: ['ready', 'change', 'loaderror', 'busy', 'succeeded', 'processing', 'failed'],
  data: () => ({ phase: 'idle' }),
  watch: {
    clientSecret() {
      this.show();
    },
  },
  created() {
    // Stripe's objects live outside Vue's reactivity: a proxy around them breaks them. `turn` outdates late answers.
    Object.assign(this, { $_stripe: null, $_elements: null, $_element: null, $_turn: 0, $_busy: false });
  },
  mounted() {
    this.$_scheme = new MutationObserver(() => this.repaint());
    this.$_scheme.observe(document.body, { attributes: true, attributeFilter: ['class'] });
    this.show();
  },
  beforeUnmount() {
    this.$_scheme.disconnect();
    this.clear();
  },
  methods: {
    // Without a secret only the script is fetched, so that the form is there at once when somebody wants to pay.
    async show() {
      this.clear();
      const turn = this.$_turn;
      this.phase = this.clientSecret ? 'loading' : 'idle';
      try {
        const Stripe = await stripeFrom(this.scriptUrl);
        if (turn !== this.$_turn || !this.clientSecret) return;
        this.mount(Stripe, turn);
      } catch (error) {
        if (turn === this.$_turn) this.refuse(error.message);
      }
    },
    retry() {
      return this.show();
    },
    mount(Stripe, turn) {
      this.$_stripe ??= Stripe(this.publishableKey, { locale: this.locale || 'auto' });
      this.$_dark = isDark();
      const options = { clientSecret: this.clientSecret, appearance: this.look(), loader: 'auto' };
      if (this.customerSessionSecret) options.customerSessionClientSecret = this.customerSessionSecret;
      this.$_elements = this.$_stripe.elements(options);
      this.$_element = this.$_elements.create('payment', { layout: 'tabs' });
      const now = (act) => (event) => turn === this.$_turn && act(event);
      this.$_element.on('ready', now(() => this.settle()));
      this.$_element.on('loaderror', now(() => this.refuse('element')));
      this.$_element.on('change', now((event) => {
        this.$emit('change', { complete: event.complete, empty: event.empty, type: event.value?.type });
      }));
      this.$_element.mount(this.$refs.place);
    },
    settle() {
      this.phase = 'ready';
      this.$emit('ready');
      if (this.asksBank) this.askBank();
    },
    // A card was charged already and only its bank waits for the holder: that needs no second press.
    async askBank() {
      const [turn, clientSecret] = [this.$_turn, this.clientSecret];
      const found = await this.tried(() => this.$_stripe.retrievePaymentIntent(clientSecret));
      if (turn !== this.$_turn || this.$_busy || found.paymentIntent?.status !== 'requires_action') return;
      this.hold(true);
      this.tell(turn, await this.tried(() => this.$_stripe.handleNextAction({ clientSecret })));
    },
    refuse(reason) {
      this.clear();
      this.phase = 'broken';
      this.$emit('loaderror', { reason });
    },
    clear() {
      this.$_turn += 1;
      this.$_busy = false;
      this.$_element?.destroy();
      this.$_element = this.$_elements = null;
    },
    // The page's own colours, as they are now: Stripe's frame cannot see our style sheet.
    look() {
      const style = getComputedStyle(document.body);
      const { look = {}, fixed = {} } = this.appearance ?? {};
      const variables = { ...fixed };
      for (const [name, property] of Object.entries(look)) {
        const value = style.getPropertyValue(property).trim();
        if (value) variables[name] = value;
      }
      return { theme: isDark() ? 'night' : 'stripe', variables };
    },
    repaint() {
      if (!this.$_elements || this.$_dark === isDark()) return;
      this.$_dark = isDark();
      this.$_elements.update({ appearance: this.look() });
    },
    focus() {
      this.$_element?.focus();
    },
    // Called by the Pay button within the person's own click, so that the bank's window is not taken for a pop-up.
    async confirm() {
      if (this.$_busy || this.phase !== 'ready') return;
      const turn = this.$_turn;
      this.hold(true);
      const confirmParams = { return_url: this.returnUrl };
      const asked = { elements: this.$_elements, confirmParams, redirect: 'if_required' };
      this.tell(turn, await this.tried(() => this.$_stripe.confirmPayment(asked)));
    },
    tell(turn, result) {
      if (turn !== this.$_turn) return;
      const status = result.paymentIntent?.status;
      if (status === 'succeeded') this.$emit('succeeded', { id: result.paymentIntent.id, status });
      else if (status === 'processing') this.$emit('processing', { id: result.paymentIntent.id, status });
      else {
        this.hold(false);
        this.$emit('failed', this.publicPart(result.error, status));
      }
    },
    async tried(act) {
      try {
        return await act();
      } catch (error) {
        return { error: { type: 'unknown', message: error.message } };
      }
    },
    publicPart(error, status) {
      const { type, code, decline_code, message } = error ?? {};
      return { type, code, decline_code, message, status: error?.payment_intent?.status ?? status };
    },
    hold(busy) {
      this.$_busy = busy;
      this.$emit('busy', { busy });
    },
  },
};
