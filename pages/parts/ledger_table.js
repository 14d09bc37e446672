// The list of transactions as a real table. It shows plain data by text interpolation only; what it asks for are pages,
// and the story behind a line when somebody opens it. ledger_table.py is its Python half.
export default {
  props: {
    rows: { type: Array, default: () => [] },
    stories: { type: Object, default: () => ({}) },
    caption: String,
    words: { type: Object, required: true },
    nobody: { type: Boolean, default: false },
    oldest: { type: Boolean, default: null },
    further: { type: String, default: null },
    first: { type: String, default: null },
    turned: { type: String, default: null },
    sizes: { type: Array, default: () => [] },
  },
  emits: ['page', 'story', 'lot'],
  data() {
    return { open: [], busy: false, copied: null };
  },
  computed: {
    tells() {
      return !this.nobody;
    },
    width() {
      return this.nobody ? 4 : 7;
    },
  },
  watch: {
    rows() {
      this.busy = false;
      this.open = this.open.filter((id) => this.rows.some((row) => row.id === id));
    },
  },
  template: `
    <div>
      <div class="table-scroll">
        <table class="list ledger" role="table" :class="{ dim: busy }" :aria-busy="busy ? 'true' : null">
          <caption>{{ caption }}</caption>
          <thead role="rowgroup">
            <tr role="row">
              <th scope="col" role="columnheader" class="opener" v-if="tells"><span class="scrip-heard">{{ words.details }}</span></th>
              <th scope="col" role="columnheader" :aria-sort="turned ? (oldest ? 'ascending' : 'descending') : null">
                <button v-if="turned" type="button" class="sort" @click="turnTo(turned)">
                  {{ words.when }} <span aria-hidden="true">{{ oldest ? '↑' : '↓' }}</span>
                </button>
                <template v-else>{{ words.when }}</template>
              </th>
              <th scope="col" role="columnheader">{{ words.what }}</th>
              <th scope="col" role="columnheader" v-if="!nobody">{{ words.by }}</th>
              <th scope="col" role="columnheader" v-if="!nobody">{{ words.receipt }}</th>
              <th scope="col" role="columnheader" class="num">{{ words.amount }}</th>
              <th scope="col" role="columnheader" class="num">{{ words.after }}</th>
            </tr>
          </thead>
          <tbody role="rowgroup">
            <template v-for="row in rows" :key="row.id">
              <tr role="row" :class="{ opened: isOpen(row.id) }">
                <td role="cell" class="opener" v-if="tells">
                  <button type="button" class="fold" :aria-expanded="isOpen(row.id) ? 'true' : 'false'" :aria-controls="isOpen(row.id) ? storyId(row.id) : null"
                    :aria-label="row.label" @click="toggle(row.id)"><span aria-hidden="true">▸</span></button>
                </td>
                <td role="cell" class="date"><time :datetime="row.iso" :title="row.whole">{{ row.when }}</time></td>
                <td role="cell" class="what">
                  <span class="strong">{{ row.word }}</span>
                  <span class="about" :class="{ lengthy: row.about.length > 160 }" v-if="row.about">{{ ' ' + row.about }}</span>
                </td>
                <td role="cell" class="by" v-if="!nobody" :title="row.actor"><span>{{ row.by }}</span></td>
                <td role="cell" class="proof" :class="{ absent: !row.receipt }" v-if="!nobody">
                  <a v-if="row.receipt" class="link" :href="row.receipt">{{ words.receipt }}</a>
                  <template v-else><span aria-hidden="true">–</span><span class="scrip-heard">{{ words.none }}</span></template>
                </td>
                <td role="cell" class="num amount" :class="row.tone">
                  <span aria-hidden="true">{{ row.amount }}</span><span class="scrip-heard">{{ row.spoken }}</span>
                </td>
                <td role="cell" class="num after" :data-label="words.balance">{{ row.after }}</td>
              </tr>
              <tr role="row" class="story" v-if="isOpen(row.id)">
                <td role="cell" :colspan="width" :id="storyId(row.id)">
                  <p class="muted" role="status" v-if="!stories[row.id]">{{ words.loading }}</p>
                  <div class="story-parts" v-else>
                    <dl class="facts">
                      <template v-for="fact in stories[row.id].facts" :key="fact.term">
                        <dt>{{ fact.term }}</dt>
                        <dd><a v-if="fact.href" class="link" :href="fact.href">{{ fact.text }}</a><span v-else :class="{ code: fact.code }">{{ fact.text }}</span>
                          <button v-if="fact.copy" type="button" class="btn quiet small" :aria-label="fact.copy" @click="copy(fact.text)">
                            {{ copied === fact.text ? words.copied : words.copy }}</button></dd>
                      </template>
                    </dl>
                    <div class="stack tight">
                      <p class="strong">{{ stories[row.id].moved }}</p>
                      <ul class="tied">
                        <li v-for="lot in stories[row.id].lots" :key="lot.id">
                          <button type="button" class="asks" :aria-label="lot.label" @click="$emit('lot', lot.id)">{{ lot.text }}</button>
                          <span class="number">{{ lot.amount }}</span>
                        </li>
                      </ul>
                      <p class="strong" v-if="stories[row.id].related.length">{{ words.related }}</p>
                      <ul class="tied" v-if="stories[row.id].related.length">
                        <li v-for="each in stories[row.id].related" :key="each.href">
                          <a class="link" :href="each.href">{{ each.text }}</a> <span class="muted">{{ each.why }}</span>
                          <span class="number">{{ each.amount }}</span>
                        </li>
                      </ul>
                    </div>
                  </div>
                </td>
              </tr>
            </template>
          </tbody>
        </table>
      </div>
      <nav class="pager" :aria-label="words.pages" v-if="further || first || sizes.length">
        <a v-if="first" class="btn small" :href="first" @click="turn($event, first)">{{ oldest ? words.oldest : words.newest }}</a><span v-else></span>
        <label class="sizes" v-if="sizes.length">{{ words.size }}
          <select class="select" @change="turnTo($event.target.value)">
            <option v-for="each in sizes" :key="each.size" :value="each.href" :selected="each.chosen">{{ each.size }}</option>
          </select>
        </label>
        <a v-if="further" class="btn small" :href="further" @click="turn($event, further)">{{ oldest ? words.newer : words.older }}</a><span v-else></span>
      </nav>
    </div>`,
  methods: {
    isOpen(id) {
      return this.open.includes(id);
    },
    storyId(id) {
      return `story-${id}`;
    },
    toggle(id) {
      if (this.isOpen(id)) {
        this.open = this.open.filter((each) => each !== id);
        return;
      }
      this.open = [...this.open, id];
      if (!this.stories[id]) this.$emit('story', id);
    },
    async copy(text) {
      await navigator.clipboard.writeText(text);
      this.copied = text;
    },
    // With a modifier the click is the browser's own: a new tab opens on the same address.
    turn(event, address) {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button > 0) return;
      event.preventDefault();
      this.turnTo(address);
      this.$el.scrollIntoView({ block: 'start' });
    },
    turnTo(address) {
      this.busy = true;
      this.$emit('page', address);
    },
  },
};
