// Steps, of which some are done. checklist.py is its Python half.
export default {
  props: {
    steps: { type: Array, default: () => [] },
    done: { type: String, required: true },
  },
  template: `
    <ol class="steps-first">
      <li v-for="step in steps" :key="step.name" :class="{ done: step.done }">
        <span class="strong">{{ step.name }}</span>
        <span class="scrip-heard" v-if="step.done">{{ done }}</span>
        <span class="muted" v-else>{{ step.about }}</span>
      </li>
    </ol>`,
};
