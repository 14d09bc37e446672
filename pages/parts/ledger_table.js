// The list of transactions as a real table. It shows plain data by text interpolation only and asks for nothing but pages;
// ledger_table.py is its Python half.
export default {
  props: {
    rows: { type: Array, default: () => [] },
    caption: String,
    words: { type: Object, required: true },
    nobody: { type: Boolean, default: false },
    older: { type: String, default: null },
    newest: { type: String, default: null },
    busy: { type: Boolean, default: false },
  },
  emits: ['page'],
  template: `
    <div>
      <div class="table-scroll">
        <table class="list ledger" role="table" :class="{ dim: busy }" :aria-busy="busy ? 'true' : null">
          <caption>{{ caption }}</caption>
          <thead role="rowgroup">
            <tr role="row">
              <th scope="col" role="columnheader">{{ words.when }}</th>
              <th scope="col" role="columnheader">{{ words.what }}</th>
              <th scope="col" role="columnheader" v-if="!nobody">{{ words.by }}</th>
              <th scope="col" role="columnheader" v-if="!nobody">{{ words.receipt }}</th>
              <th scope="col" role="columnheader" class="num">{{ words.amount }}</th>
              <th scope="col" role="columnheader" class="num">{{ words.after }}</th>
            </tr>
          </thead>
          <tbody role="rowgroup">
            <tr role="row" v-for="row in rows" :key="row.id">
              <td role="cell" class="date"><time :datetime="row.iso" :title="row.whole">{{ row.when }}</time></td>
              <td role="cell" class="what">
                <span class="strong">{{ row.word }}</span>
                <span class="about" v-if="row.about">{{ ' ' + row.about }}</span>
              </td>
              <td role="cell" class="by" v-if="!nobody" :title="row.actor">{{ row.by }}</td>
              <td role="cell" class="proof" :class="{ absent: !row.receipt }" v-if="!nobody">
                <a v-if="row.receipt" class="link" :href="row.receipt">{{ words.receipt }}</a>
                <template v-else><span aria-hidden="true">–</span><span class="scrip-heard">{{ words.none }}</span></template>
              </td>
              <td role="cell" class="num amount" :class="row.tone">
                <span aria-hidden="true">{{ row.amount }}</span><span class="scrip-heard">{{ row.spoken }}</span>
              </td>
              <td role="cell" class="num after" :data-label="words.balance">{{ row.after }}</td>
            </tr>
          </tbody>
        </table>
      </div>
      <nav class="pager" :aria-label="words.pages" v-if="older || newest">
        <a v-if="newest" class="btn small" :href="newest" @click="turn($event, newest)">{{ words.newest }}</a><span v-else></span>
        <a v-if="older" class="btn small" :href="older" @click="turn($event, older)">{{ words.older }}</a>
      </nav>
    </div>`,
  methods: {
    // With a modifier the click is the browser's own: a new tab opens on the same address.
    turn(event, address) {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
      event.preventDefault();
      this.$emit('page', address);
      this.$el.scrollIntoView({ block: 'start' });
    },
  },
};
