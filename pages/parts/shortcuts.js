// Single keys that lead to places, and the list of them. Nothing happens while somebody types, in a dialog, or where
// they are turned off: to whoever speaks to their computer a letter is a part of a word. shortcuts.py is its Python half.
const SECOND_KEY_MS = 1500;
const NOT_WITHIN = 'input, textarea, select, [contenteditable], dialog, [popover]';

export default {
  props: {
    words: { type: Object, required: true },
    leads: { type: Array, required: true },
    cookie: { type: String, required: true },
  },
  data() {
    return { rows: [], on: true };
  },
  template: `
    <div>
      <button type="button" class="link plain shortcuts-opener" aria-haspopup="dialog" @click="list">{{ words.title }}</button>
      <dialog class="dialog" ref="dialog" :aria-label="words.title">
        <div class="row apart">
          <h2>{{ words.title }}</h2>
          <button type="button" class="btn quiet small" ref="safe" @click="$refs.dialog.close()">{{ words.close }}</button>
        </div>
        <dl class="keys">
          <div v-for="row in rows" :key="row.text">
            <dt><kbd v-for="key in row.keys" :key="key" dir="ltr">{{ key }}</kbd></dt><dd>{{ row.text }}</dd>
          </div>
        </dl>
        <label class="check"><input type="checkbox" :checked="on" @change="turn($event.target.checked)">{{ words.use }}</label>
      </dialog>
    </div>`,
  mounted() {
    window.addEventListener('keydown', this.pressed);
  },
  unmounted() {
    window.removeEventListener('keydown', this.pressed);
  },
  methods: {
    isOn() {
      return !document.cookie.split('; ').includes(`${this.cookie}=off`);
    },
    turn(on) {
      this.on = on;
      document.cookie = `${this.cookie}=${on ? 'on' : 'off'}; path=/; max-age=31536000; samesite=lax`;
    },
    // Only what does something on this page is listed.
    list() {
      const { words } = this;
      const here = [
        [['/'], words.search, this.search()], [['j'], words.next, this.lines().length], [['k'], words.before, this.lines().length],
        [['Enter'], words.open, this.lines().length], [['e'], words.file, this.file()], [['?'], words.help, true],
      ];
      this.rows = [
        ...this.leads.map(({ keys, text }) => ({ keys: [...keys], text })),
        ...here.filter(([, , found]) => found).map(([keys, text]) => ({ keys, text })),
      ];
      this.on = this.isOn();
      this.$refs.dialog.showModal();
      this.$refs.safe.focus();
    },
    pressed(event) {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
      if (event.target.closest?.(NOT_WITHIN) || document.querySelector('dialog[open]') || !this.isOn()) return;
      // the letters of another script lie on keys that have a latin name as well
      const key = /^[ -~]$/.test(event.key) ? event.key : event.code.replace(/^Key/, '').toLowerCase();
      const keys = this.first && event.timeStamp - this.first < SECOND_KEY_MS ? `g${key}` : key;
      this.first = key === 'g' ? event.timeStamp : 0;
      const act = this.acts()[keys];
      if (!act) return;
      event.preventDefault();
      act();
    },
    acts() {
      const acts = {
        '?': this.list, '/': () => this.search()?.focus(), e: () => this.file()?.click(), j: () => this.step(1), k: () => this.step(-1),
      };
      for (const { keys, href } of this.leads) acts[keys] = () => location.assign(href);
      return acts;
    },
    search() {
      return this.seen('main input[type=search]')[0];
    },
    file() {
      return this.seen('main a[data-export]')[0];
    },
    lines() {
      return this.seen('main tbody tr:not(.story)').filter((row) => this.handle(row));
    },
    handle(row) {
      return row.querySelector('.fold, a, button');
    },
    // What is told about a line stands in a row below it.
    step(by) {
      const lines = this.lines();
      const row = document.activeElement?.closest('tr');
      const here = lines.indexOf(row?.matches('.story') ? row.previousElementSibling : row);
      const next = here < 0 ? 0 : Math.min(Math.max(here + by, 0), lines.length - 1);
      if (lines.length) this.handle(lines[next]).focus();
    },
    seen(selector) {
      return [...document.querySelectorAll(selector)].filter((each) => each.checkVisibility());
    },
  },
};
