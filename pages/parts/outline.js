// An icon: one outline of 24 by 24 in the colour of the text around it. icons.py is its Python half.
export default {
  props: {
    d: { type: String, required: true },
    size: { type: Number, default: 20 },
  },
  template: `
    <svg class="icon" viewBox="0 0 24 24" :width="size" :height="size" aria-hidden="true" focusable="false"><path :d="d" /></svg>`,
};
