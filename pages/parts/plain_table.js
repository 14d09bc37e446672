// A real table of plain cells: text, code, a time, a status, a link within the portal or a button. Every value is shown by
// text interpolation. The roles are written out because the style sheet makes cards of the rows on a phone, and browsers
// then forget that it is a table. plain_table.py is its Python half.
export default {
  props: {
    caption: String,
    quiet: { type: Boolean, default: false },
    columns: { type: Array, required: true },
    rows: { type: Array, default: () => [] },
    keys: { type: Array, default: () => [] },
    names: { type: Array, default: () => [] },
    picks: { type: Object, default: null },
    empty: { type: String, required: true },
  },
  emits: ['sort', 'pick', 'act'],
  data() {
    return { picked: [] };
  },
  template: `
    <div class="table-scroll">
      <table class="list cards" role="table">
        <caption :class="{ 'scrip-heard': quiet }">{{ caption }}</caption>
        <thead role="rowgroup" v-if="rows.length">
          <tr role="row">
            <th v-if="picks" scope="col" role="columnheader" class="pick">
              <label class="check"><input type="checkbox" :checked="all" :aria-label="picks.all" @change="pickAll"></label>
            </th>
            <th v-for="column in columns" :key="column.label" scope="col" role="columnheader" :class="column.tone || null"
              :aria-sort="column.sorted || null">
              <button v-if="column.sort" type="button" class="sorter" @click="$emit('sort', column.sort)">
                {{ column.label }}<span aria-hidden="true">{{ arrows[column.sorted] || '' }}</span>
              </button>
              <span :class="{ 'column-name': column.sort }">{{ column.label }}</span>
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          <tr role="row" v-if="!rows.length"><td role="cell" class="muted">{{ empty }}</td></tr>
          <tr role="row" v-for="(row, place) in rows" :key="keys[place] ?? place">
            <td v-if="picks" role="cell" class="pick">
              <label class="check">
                <input type="checkbox" :value="keys[place]" v-model="picked" :aria-label="picks.one.replace('{name}', names[place])"
                  @change="tell">
              </label>
            </td>
            <td v-for="(cell, index) in row" :key="index" role="cell" :data-label="columns[index].label"
              :class="[columns[index].tone, cell.tone, cell.blank ? 'blank' : '']">
              <a v-if="cell.href" class="link" :href="cell.href" :aria-label="cell.title || null">{{ cell.text }}</a>
              <a v-else-if="cell.outside" class="link code" :href="cell.outside" target="_blank" rel="noopener noreferrer">{{ cell.text }}</a>
              <time v-else-if="cell.iso" :datetime="cell.iso" :title="cell.title">{{ cell.text }}</time>
              <span v-else-if="cell.code" class="code" :title="cell.title || null">{{ cell.text }}</span>
              <span v-else-if="cell.chip" class="chip" :class="'chip-' + cell.chip">
                <span aria-hidden="true">{{ cell.sign }}</span>{{ cell.text }}
              </span>
              <button v-else-if="cell.act" type="button" class="btn small" :aria-label="cell.title || null"
                @click="$emit('act', { act: cell.act, key: keys[place] })">{{ cell.text }}</button>
              <details v-else-if="cell.text.length > 120" class="long"><summary>{{ cell.text }}</summary></details>
              <span v-else :title="cell.title || null">{{ cell.text }}</span>
              <span v-if="cell.below" class="below">{{ cell.below }}</span>
            </td>
          </tr>
        </tbody>
      </table>
    </div>`,
  computed: {
    arrows: () => ({ ascending: ' ▲', descending: ' ▼' }),
    all() {
      return this.keys.length > 0 && this.picked.length === this.keys.length;
    },
  },
  watch: {
    keys() {
      this.picked = this.picked.filter((key) => this.keys.includes(key));
    },
  },
  methods: {
    pickAll(event) {
      this.picked = event.target.checked ? [...this.keys] : [];
      this.tell();
    },
    tell() {
      this.$emit('pick', [...this.picked]);
    },
  },
};
