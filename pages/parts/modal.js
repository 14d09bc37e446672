// A dialog of the browser's own: it keeps the focus inside, closes on Escape and gives the focus back to its opener.
// modal.py is its Python half.
export default {
  props: { labelledby: String },
  emits: ['closed'],
  template: `<dialog class="dialog" ref="dialog" :aria-labelledby="labelledby" @close="$emit('closed')"><slot></slot></dialog>`,
  methods: {
    open() {
      if (!this.$refs.dialog.open) this.$refs.dialog.showModal();
      this.$refs.dialog.querySelector('[data-safe]')?.focus();
    },
    close() {
      this.$refs.dialog.close();
    },
  },
};
