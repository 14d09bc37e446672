// A dialog of the browser's own: it keeps the focus inside, closes on Escape and gives the focus back to its opener.
// modal.py is its Python half.

import { findAgain } from 'focus';

export default {
  props: { labelledby: String },
  emits: ['closed'],
  template: `<dialog class="dialog" ref="dialog" :aria-labelledby="labelledby" @close="closed"><slot></slot></dialog>`,
  methods: {
    open() {
      if (!this.$refs.dialog.open) {
        this.opener = findAgain(document.activeElement);
        this.$refs.dialog.showModal();
      }
      this.$refs.dialog.querySelector('[data-safe]')?.focus();
    },
    close() {
      this.$refs.dialog.close();
    },
    closed() {
      // the browser gives the focus back itself, unless the opener was drawn anew meanwhile: then it stays in here
      const at = document.activeElement;
      if (at === document.body || this.$refs.dialog.contains(at)) this.opener?.()?.focus();
      this.$emit('closed');
    },
  },
};
