// An icon with its word, as a link or as the button that opens a menu: one element, for every page has a dozen.
// menu.py has its Python half.
export default {
  props: {
    kind: { type: String, required: true },
    d: { type: String, required: true },
  },
  template: `
    <component :is="kind"><slot></slot><svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false"><path :d="d" /></svg></component>`,
};
