// Figures with their names, as a line that adds up or side by side: one element, however many there are.
// sum_line.py is its Python half.
export default {
  props: {
    terms: { type: Array, default: () => [] },
    look: { type: String, default: 'sum' },
  },
  template: `
    <dl :class="look">
      <template v-for="each in terms" :key="each.term">
        <span class="op" aria-hidden="true" v-if="each.sign">{{ each.sign }}</span>
        <div :class="[look === 'stats' ? 'stat' : 'term', each.last ? 'result' : '']">
          <dt>{{ each.term }}</dt>
          <dd class="number"><a class="link" :href="each.href" v-if="each.href">{{ each.text }}</a><template v-else>{{ each.text }}</template></dd>
          <dd class="caption" v-if="each.hint">{{ each.hint }}</dd>
        </div>
      </template>
    </dl>`,
};
