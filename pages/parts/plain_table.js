// A real table of plain cells: text, code, a time, a status or a link within the portal. Every value is shown by text
// interpolation. The roles are written out because the style sheet makes cards of the rows on a phone, and browsers then
// forget that it is a table. plain_table.py is its Python half.
export default {
  props: {
    caption: String,
    columns: { type: Array, required: true },
    rows: { type: Array, default: () => [] },
    empty: { type: String, required: true },
  },
  template: `
    <div class="table-scroll">
      <table class="list cards" role="table">
        <caption>{{ caption }}</caption>
        <thead role="rowgroup" v-if="rows.length">
          <tr role="row">
            <th v-for="column in columns" :key="column.label" scope="col" role="columnheader" :class="{ num: column.num }">
              {{ column.label }}
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          <tr role="row" v-if="!rows.length"><td role="cell" class="muted">{{ empty }}</td></tr>
          <tr role="row" v-for="(row, place) in rows" :key="place">
            <td v-for="(cell, index) in row" :key="index" role="cell" :data-label="columns[index].label"
              :class="[columns[index].num ? 'num' : '', cell.tone, cell.text ? '' : 'blank']">
              <a v-if="cell.href" class="link" :href="cell.href" :aria-label="cell.title">{{ cell.text }}</a>
              <time v-else-if="cell.iso" :datetime="cell.iso" :title="cell.title">{{ cell.text }}</time>
              <span v-else-if="cell.code" class="code">{{ cell.text }}</span>
              <span v-else-if="cell.chip" class="chip" :class="'chip-' + cell.chip">
                <span aria-hidden="true">{{ cell.sign }}</span>{{ cell.text }}
              </span>
              <span v-else>{{ cell.text }}</span>
            </td>
          </tr>
        </tbody>
      </table>
    </div>`,
};
