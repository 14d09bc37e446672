// A form of the browser's own that can be filled from the server: whatever stood in it before is gone, also what was typed.
// modal.py has its Python half.
export default {
  template: `<form novalidate autocomplete="off"><slot></slot></form>`,
  methods: {
    fill(values) {
      this.$el.reset();
      for (const [name, value] of Object.entries(values)) {
        const field = this.$el.elements[name];
        if (field instanceof RadioNodeList || field?.type !== 'checkbox') field.value = value;
        else field.checked = Boolean(value);
      }
      this.$el.dispatchEvent(new Event('filled', { bubbles: true }));
    },
  },
};
