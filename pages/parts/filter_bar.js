// The filters of a statement. What is typed lives here, so that nothing the server sends can take a letter away;
// every change is told to the server, which reads it as it would read an address. filter_bar.py is its Python half.
const EMPTY = { search: '', kind: [], direction: '', since: '', until: '', least: '', most: '', by: '' };
const TYPING_MS = 250;

export default {
  props: {
    start: { type: Object, required: true },
    kinds: { type: Array, required: true },
    words: { type: Object, required: true },
    periods: { type: Array, default: () => [] },
    actors: { type: Array, default: () => [] },
    wrong: { type: Array, default: () => [] },
    count: { type: String, default: '' },
  },
  emits: ['ask'],
  data() {
    return { query: { ...EMPTY, ...this.start }, open: false };
  },
  computed: {
    names() {
      return Object.fromEntries(this.kinds.map((kind) => [kind.value, kind.word]));
    },
    chips() {
      const { search, kind, direction, since, until, least, most, by } = this.query;
      const found = [];
      const add = (name, text) => text && found.push({ name, text });
      add('search', search && this.said('searched', search));
      for (const value of kind) found.push({ text: this.said('typed', this.names[value] ?? value), name: 'kind', value });
      add('direction', direction && this.words[direction]);
      add('since', since && this.said('from', since));
      add('until', until && this.said('to', until));
      add('least', least && !this.wrong.includes('least') && this.said('from_amount', least));
      add('most', most && !this.wrong.includes('most') && this.said('to_amount', most));
      add('by', by && this.said('mover', this.movers.find((each) => each.value === by)?.word ?? by));
      return found;
    },
    picked() {
      const { kind } = this.query;
      if (!kind.length) return this.words.all;
      return kind.length === 1 ? this.names[kind[0]] : `${this.words.several} (${kind.length})`;
    },
    period() {
      const { since, until } = this.query;
      if (!since && !until) return 'ever';
      const place = this.periods.findIndex((each) => each.since === since && each.until === until);
      return place < 0 ? 'own' : place;
    },
    movers() {
      const { by } = this.query;
      return !by || this.actors.some((each) => each.value === by) ? this.actors : [...this.actors, { value: by, word: by }];
    },
  },
  template: `
    <div class="filter-bar">
      <form class="filters" :class="{ closed: !open }" role="search" :aria-label="words.about" @submit.prevent="ask('push')">
        <div class="field wide">
          <label :for="id('search')">{{ words.search }}</label>
          <input :id="id('search')" ref="search" class="input" type="search" maxlength="100" v-model="query.search" @input="typed"
            :placeholder="words.hint" autocomplete="off">
          <button type="button" class="btn filters-toggle" :aria-expanded="open ? 'true' : 'false'" @click="open = !open">{{ words.filters }}</button>
        </div>
        <div class="field narrow">
          <label :for="id('period')">{{ words.period }}</label>
          <select :id="id('period')" class="select" :value="period" @change="choose($event.target.value)">
            <option value="ever">{{ words.ever }}</option>
            <option v-for="(each, place) in periods" :key="place" :value="place">{{ each.word }}</option>
            <option value="own" v-if="period === 'own'">{{ words.own }}</option>
          </select>
        </div>
        <div class="field narrow">
          <label :for="id('since')">{{ words.since }}</label>
          <input :id="id('since')" class="input" type="date" v-model="query.since" @change="ask('push')">
        </div>
        <div class="field narrow">
          <label :for="id('until')">{{ words.until }}</label>
          <input :id="id('until')" class="input" type="date" v-model="query.until" @change="ask('push')">
        </div>
        <div class="field narrow">
          <span class="label" :id="id('type')">{{ words.type }}</span>
          <details class="picker" ref="picker" @focusout="left" @keydown.esc.prevent="shut">
            <summary class="input" :aria-labelledby="id('type') + ' ' + id('picked')"><span :id="id('picked')">{{ picked }}</span></summary>
            <fieldset>
              <legend class="scrip-heard">{{ words.types }}</legend>
              <label class="check" v-for="kind in kinds" :key="kind.value">
                <input type="checkbox" :value="kind.value" v-model="query.kind" @change="ask('push')">{{ kind.word }}
              </label>
            </fieldset>
          </details>
        </div>
        <div class="field narrow">
          <label :for="id('direction')">{{ words.direction }}</label>
          <select :id="id('direction')" class="select" v-model="query.direction" @change="ask('push')">
            <option value="">{{ words.both }}</option><option value="in">{{ words.in }}</option><option value="out">{{ words.out }}</option>
          </select>
        </div>
        <div class="field narrow" v-for="name in ['least', 'most']" :key="name">
          <label :for="id(name)">{{ words[name] }}</label>
          <input :id="id(name)" class="input" inputmode="decimal" maxlength="20" autocomplete="off" v-model="query[name]" @input="typed"
            @change="ask('push')" :placeholder="words.any" :aria-invalid="wrong.includes(name) ? 'true' : null"
            :aria-describedby="wrong.includes(name) ? id(name + '-wrong') : null">
          <span class="wrong" :id="id(name + '-wrong')" v-if="wrong.includes(name)">{{ words.wrong }}</span>
        </div>
        <div class="field narrow">
          <label :for="id('by')">{{ words.by }}</label>
          <select :id="id('by')" class="select" v-model="query.by" @change="ask('push')">
            <option value="">{{ words.anybody }}</option>
            <option v-for="each in movers" :key="each.value" :value="each.value">{{ each.word }}</option>
          </select>
        </div>
        <button type="button" class="btn primary filters-done" @click="done">{{ words.show }}</button>
      </form>
      <div class="chosen">
        <span role="status" ref="count" tabindex="-1">{{ count }}</span>
        <button v-for="chip in chips" :key="chip.text" type="button" class="chip-off" :aria-label="said('remove', chip.text)" @click="remove(chip)">
          {{ chip.text }} <span aria-hidden="true">×</span>
        </button>
        <button v-if="chips.length" type="button" class="btn quiet small" @click="clear">{{ words.clear }}</button>
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
      return `${this.$el?.id ?? this.$attrs.id ?? 'filters'}-${name}`;
    },
    // A text goes into its sentence on the server's terms: `{text}` stands where the language wants it.
    said(name, text) {
      return this.words[name].replace('{text}', () => text);
    },
    typed() {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.ask('replace'), TYPING_MS);
    },
    // `how` says what becomes of the address: a chosen filter is a place to come back to, a letter is not.
    ask(how) {
      clearTimeout(this.timer);
      this.$emit('ask', { ...this.query, kind: [...this.query.kind], how });
    },
    choose(value) {
      const { since, until } = this.periods[value] ?? EMPTY;
      Object.assign(this.query, { since, until });
      this.ask('push');
    },
    remove(chip) {
      if (chip.name === 'kind') this.query.kind = this.query.kind.filter((value) => value !== chip.value);
      else this.query[chip.name] = '';
      this.ask('push');
      this.$refs.count.focus();
    },
    clear() {
      this.query = { ...EMPTY, kind: [] };
      this.ask('push');
      this.$refs.search.focus();
    },
    done() {
      this.open = false;
      this.$refs.count.focus();
    },
    // Where the browser went back to is known by its address; the server says what the fields are to hold.
    travelled() {
      this.$emit('ask', { how: 'none', address: location.search });
    },
    // Called by the server after that.
    refill(query) {
      this.query = { ...EMPTY, ...query };
    },
    left(event) {
      if (!this.$refs.picker.contains(event.relatedTarget)) this.$refs.picker.open = false;
    },
    shut() {
      this.$refs.picker.open = false;
      this.$refs.picker.querySelector('summary').focus();
    },
  },
};
