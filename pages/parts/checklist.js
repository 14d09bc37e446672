// Steps, of which some are done. checklist.py is its Python half.
export default {
  props: {
    steps: { type: Array, default: () => [] },
    done: { type: String, required: true },
  },
  template: `
    <ol class="steps-first">
      <li v-for="step in steps" :key="step.name" :class="{ done: step.done }">
        <span class="strong" v-if="step.done || !step.href">{{ step.name }}</span>
        <a class="link strong" v-else :href="step.href">{{ step.name }}</a>
        <span class="scrip-heard" v-if="step.done">{{ done }}</span>
        <span class="muted" v-else>{{ step.about }}</span>
      </li>
    </ol>`,
};
