// A line of a few points without axes: what it means is said by its label and by the words beside it.
// sparkline.py is its Python half.
export default {
  props: {
    label: { type: String, required: true },
    points: { type: String, required: true },
    zero: { type: Number, default: null },
  },
  template: `
    <svg class="sparkline" role="img" :aria-label="label" viewBox="0 0 240 48" preserveAspectRatio="none">
      <line v-if="zero !== null" class="zero" x1="0" x2="240" :y1="zero" :y2="zero" />
      <polyline :points="points" />
    </svg>`,
};
