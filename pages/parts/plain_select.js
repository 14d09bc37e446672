// A select of the browser's own with many options: one element for Python however many there are. `modal.py` has
// its Python half.
export default {
  props: { options: Array, chosen: String },
  template: `
    <select>
      <option v-for="[value, text] in options" :key="value" :value="value" :selected="value === chosen">{{ text }}</option>
    </select>`,
};
