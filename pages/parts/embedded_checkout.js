// The browser's half of `embedded_checkout.py`: Stripe's Checkout, paying included, in a frame of our page.
// What it tells Python is news for the page, never proof: credits come from the ledger alone.
import { stripeFrom } from 'stripe_script';

// Stripe allows one such frame at a time, so each waits until the one before is there and can be taken down.
let before = Promise.resolve();

export default {
  template: `
    <div class="scrip-embedded" :aria-busy="String(phase === 'loading')">
      <p v-if="phase === 'loading'" class="scrip-card-form-wait">{{ loadingText }}</p>
      <div v-once ref="place"></div>
    </div>`,
  props: { scriptUrl: String, publishableKey: String, clientSecret: String, locale: String, loadingText: String },
  // Declared, so that Vue does not also listen for browser events of the same names.
  emits: ['ready', 'loaderror', 'completed'],
  data: () => ({ phase: 'idle' }),
  watch: {
    clientSecret() {
      this.show();
    },
  },
  created() {
    // Stripe's objects live outside Vue's reactivity: a proxy around them breaks them. `turn` outdates late answers.
    Object.assign(this, { $_stripe: null, $_checkout: null, $_turn: 0 });
  },
  mounted() {
    this.show();
  },
  beforeUnmount() {
    this.clear();
  },
  methods: {
    // Without a secret only the script is fetched, so that Checkout is there sooner when somebody wants to pay.
    show() {
      this.clear();
      const turn = this.$_turn;
      this.phase = this.clientSecret ? 'loading' : 'idle';
      before = before.then(() => this.open(turn)).catch((error) => turn === this.$_turn && this.refuse(error.message));
      return before;
    },
    async open(turn) {
      const Stripe = await stripeFrom(this.scriptUrl);
      if (turn !== this.$_turn || !this.clientSecret) return;
      this.$_stripe ??= Stripe(this.publishableKey, { locale: this.locale });
      const secret = this.clientSecret;
      const checkout = await this.$_stripe.createEmbeddedCheckoutPage({
        fetchClientSecret: async () => secret,
        onComplete: () => turn === this.$_turn && this.$emit('completed'),
      });
      if (turn !== this.$_turn) {
        checkout.destroy();
        return;
      }
      this.$_checkout = checkout;
      this.phase = 'ready';
      checkout.mount(this.$refs.place);
      this.$emit('ready');
    },
    refuse(reason) {
      this.clear();
      this.phase = 'broken';
      this.$emit('loaderror', { reason });
    },
    clear() {
      this.$_turn += 1;
      this.$_checkout?.destroy();
      this.$_checkout = null;
    },
  },
};
