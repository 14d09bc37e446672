// The filters of any list of the managers' console. What is typed lives here, so that nothing the server sends can take a
// letter away; every change is told to the server, which reads it as it would read an address. Which fields there are, and
// every word, comes from list_filters.py, its Python half.
const TYPING_MS = 250;

export default {
  props: {
    fields: { type: Array, required: true },
    start: { type: Object, required: true },
    words: { type: Object, required: true },
    count: { type: String, default: '' },
    csv: { type: String, default: null },
  },
  emits: ['ask'],
  data() {
    return { query: { ...this.blank(), ...this.start }, open: false };
  },
  computed: {
    chips() {
      return this.fields
        .filter((field) => this.query[field.name] && !field.silent)
        .map((field) => ({ name: field.name, text: this.shown(field) }));
    },
  },
  template: `
    <div>
      <form class="filters any" :class="{ closed: !open }" role="search" :aria-label="words.label" @submit.prevent="ask('push')">
        <div v-for="(field, place) in fields" :key="field.name" class="field"
          :class="[field.kind === 'search' && !place ? 'wide' : 'narrow', field.phone ? 'on-phone' : '']">
          <template v-if="field.kind === 'check'">
            <label class="check tall">
              <input type="checkbox" :checked="query[field.name] === '1'" @change="tick(field, $event)">{{ field.label }}
            </label>
          </template>
          <template v-else>
            <label :for="id(field.name)">{{ field.label }}</label>
            <select v-if="field.kind === 'select'" :id="id(field.name)" class="select" v-model="query[field.name]"
              @change="ask('push')">
              <option v-for="[value, text] in field.options" :key="value" :value="value">{{ text }}</option>
            </select>
            <input v-else-if="field.kind === 'date'" :id="id(field.name)" class="input" type="date"
              v-model="query[field.name]" @change="ask('push')">
            <input v-else :id="id(field.name)" :ref="place ? null : 'search'" class="input" type="search" maxlength="100"
              v-model="query[field.name]" @input="typed" :placeholder="field.placeholder" autocomplete="off">
            <button v-if="field.kind === 'search' && !place && fields.length > 1" type="button" class="btn filters-toggle"
              :aria-expanded="open ? 'true' : 'false'" @click="open = !open">{{ words.filters }}</button>
          </template>
        </div>
      </form>
      <div class="chosen">
        <span role="status" ref="count" tabindex="-1">{{ count }}</span>
        <button v-for="chip in chips" :key="chip.name" type="button" class="chip-off" :aria-label="words.remove.replace('{filter}', chip.text)"
          @click="remove(chip)">
          {{ chip.text }} <span aria-hidden="true">×</span>
        </button>
        <button v-if="chips.length" type="button" class="btn quiet small" @click="clear">{{ words.clear }}</button>
        <a v-if="csv" class="link" :href="csv" download data-export>{{ words.csv }}</a>
      </div>
    </div>`,
  mounted() {
    window.addEventListener('popstate', this.travelled);
  },
  unmounted() {
    window.removeEventListener('popstate', this.travelled);
    clearTimeout(this.timer);
  },
  methods: {
    id(name) {
      return `${this.$el?.id ?? this.$attrs.id ?? 'list'}-${name}`;
    },
    blank() {
      return Object.fromEntries(this.fields.map((field) => [field.name, '']));
    },
    shown(field) {
      if (field.kind === 'check') return field.label;
      const value = this.query[field.name];
      const said = field.options?.find(([each]) => each === value)?.[1] ?? value;
      return this.words.chosen.replace('{field}', field.label).replace('{value}', said);
    },
    typed() {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.ask('replace'), TYPING_MS);
    },
    tick(field, event) {
      this.query[field.name] = event.target.checked ? '1' : '';
      this.ask('push');
    },
    set(name, value) {
      this.query[name] = value;
    },
    // `how` says what becomes of the address: a chosen filter is a place to come back to, a letter is not.
    ask(how) {
      clearTimeout(this.timer);
      this.$emit('ask', { ...this.query, how });
    },
    remove(chip) {
      this.query[chip.name] = '';
      this.ask('push');
      this.$refs.count.focus();
    },
    clear() {
      this.query = this.blank();
      this.ask('push');
      this.$refs.count.focus();
    },
    travelled() {
      const given = new URLSearchParams(location.search);
      this.query = Object.fromEntries(this.fields.map((field) => [field.name, given.get(field.name) ?? '']));
      this.$emit('ask', { ...Object.fromEntries(given), ...this.query, how: 'none' });
    },
  },
};
