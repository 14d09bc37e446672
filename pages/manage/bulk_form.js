// Sends a file of rows, or what was pasted, to the door that checks it: a plain request, for a page's socket carries no
// large files. Every word comes from bulk.py, its Python half.
export default {
  props: {
    door: { type: String, required: true },
    next: { type: String, required: true },
    words: { type: Object, required: true },
    rows: { type: String, default: '' },
  },
  data() {
    return { wrong: '', busy: false, text: this.rows, file: null, key: '', sent: '' };
  },
  template: `
    <form class="bulk" novalidate autocomplete="off" @submit.prevent="send">
      <div class="field">
        <label :for="id('file')">{{ words.file }}</label>
        <input :id="id('file')" class="input" type="file" accept=".csv,.txt,text/csv,text/plain" @change="choose">
      </div>
      <div class="field">
        <label :for="id('rows')">{{ words.rows }}</label>
        <textarea :id="id('rows')" class="input code" rows="8" v-model="text" :disabled="file !== null" spellcheck="false"
          :aria-describedby="id('hint') + ' ' + id('wrong')" :aria-invalid="wrong ? 'true' : null" ref="rows"></textarea>
        <span class="hint" :id="id('hint')">{{ words.hint }}</span>
        <span class="field-error" role="alert" :id="id('wrong')">{{ wrong }}</span>
      </div>
      <div class="pair">
        <div class="field" v-for="field in words.fields" :key="field.name">
          <label :for="id(field.name)">{{ field.label }}</label>
          <input :id="id(field.name)" class="input" :name="field.name" :maxlength="field.most" :aria-describedby="id(field.name + '-hint')">
          <span class="hint" :id="id(field.name + '-hint')">{{ field.hint }}</span>
        </div>
      </div>
      <label class="check"><input type="checkbox" name="shown">{{ words.shown }}</label>
      <div class="actions"><button type="submit" class="btn primary" :disabled="busy">{{ busy ? words.busy : words.check }}</button></div>
    </form>`,
  methods: {
    id(name) {
      return `bulk-${name}`;
    },
    choose(event) {
      this.file = event.target.files[0] ?? null;
      this.wrong = '';
    },
    async send(event) {
      const form = event.target;
      const query = new URLSearchParams();
      for (const { name } of this.words.fields) if (form.elements[name].value.trim()) query.set(name, form.elements[name].value.trim());
      if (form.elements.shown.checked) query.set('shown', 'true');
      query.set('name', (this.file?.name ?? this.words.pasted).slice(0, 120));
      this.busy = true;
      this.wrong = '';
      try {
        const body = this.file ? await this.file.text() : this.text;
        // The same content under the same key is one batch, however often the button is pressed or the network fails.
        const content = `${query}\n${body}`;
        if (content !== this.sent) this.key = crypto.randomUUID?.() ?? String(Math.random()).slice(2) + Date.now();
        this.sent = content;
        const answer = await fetch(`${this.door}?${query}`, {
          method: 'POST',
          headers: { 'Content-Type': 'text/csv', 'Idempotency-Key': this.key },
          body,
        });
        const told = await answer.json();
        if (answer.ok) {
          location.assign(this.next + told.id);
          return;
        }
        this.wrong = told.detail ?? this.words.failed;
      } catch {
        this.wrong = this.words.failed;
      }
      this.busy = false;
      this.$refs.rows.focus();
    },
  },
};
