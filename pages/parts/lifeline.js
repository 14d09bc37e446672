// Whether this page still reaches the portal, and whether its person is still signed in. It hears of the first from
// NiceGUI's own popup, which is hidden, and asks /session for the second. lifeline.py is its Python half.

import { keepDrafts } from 'drafts';
import { keepFocus } from 'focus';

const LOST_MS = 30_000, SHOWN_MS = 2_000, WARNED_S = 120, ANSWER_MS = 5_000;
const root = document.documentElement;
const ours = (event) => event.target.closest?.('.lifeline, .lifeline-bar, .banner, .menu');
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

export default {
  props: { words: { type: Object, required: true }, left: { type: Number, required: true }, whose: String },
  data: () => ({ state: '', seconds: 0, stays: true }),
  template: `
    <div class="lifeline">
      <p class="lifeline-bar" ref="bar" role="status">
        <span v-if="state">{{ words[state] }}</span>
        <button v-if="state === 'lost'" type="button" class="btn small" @click="reload">{{ words.reload }}</button>
        <button v-if="state === 'ended'" type="button" class="btn small" @click="signIn">{{ words.signIn }}</button>
      </p>
      <dialog class="dialog" ref="warning" role="alertdialog" aria-labelledby="staying" aria-describedby="staying-why">
        <h2 id="staying">{{ words.staying }}</h2>
        <p id="staying-why">{{ stays ? words.stayingWhy : words.limitWhy }}</p>
        <p class="number strong" role="timer">{{ clock }}</p>
        <div class="actions">
          <button v-if="stays" type="button" class="btn primary" autofocus @click="stay">{{ words.stay }}</button>
          <button v-else type="button" class="btn primary" autofocus @click="signIn">{{ words.signIn }}</button>
        </div>
      </dialog>
      <dialog class="dialog lifeline-ended" ref="ended" role="alertdialog" aria-labelledby="ended" aria-describedby="ended-why">
        <h2 id="ended">{{ words.ended }}</h2>
        <p id="ended-why">{{ words.endedWhy }}</p>
        <div class="actions">
          <button type="button" class="btn primary" autofocus @click="signIn">{{ words.signIn }}</button>
        </div>
      </dialog>
    </div>`,
  computed: {
    clock() {
      return clock(this.seconds);
    },
  },
  watch: {
    state(now) {
      root.toggleAttribute('data-cut', now !== '');
      this.place();
      for (const each of document.querySelectorAll('.nicegui-content button, .dialog button')) {
        if (ours({ target: each })) continue;
        if (now !== '' && each.ariaDisabled !== 'true') each.dataset.waits = each.ariaDisabled = 'true';
        else if (now === '' && each.dataset.waits) each.removeAttribute('aria-disabled'), delete each.dataset.waits;
      }
    },
  },
  mounted() {
    this.timers = [];
    const popup = document.getElementById('popup');
    new MutationObserver(() => (popup.ariaHidden === 'false' ? this.cut() : this.back())).observe(popup, { attributes: true });
    window.addEventListener('offline', this.cut);
    window.addEventListener('online', () => window.socket?.connected && this.back());
    window.addEventListener('scrip-ended', (event) => this.end(event.detail?.leaves));
    for (const kind of ['click', 'submit']) document.addEventListener(kind, this.hold, true);
    document.addEventListener('close', this.place, true);
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.seconds && this.probe());
    this.count(this.left);
    keepDrafts(this.whose);
    keepFocus();
  },
  methods: {
    cut() {
      if (this.timers.length || this.state) return;
      const asks = (state) => () => { this.say(state); this.probe(); };
      this.timers = [setTimeout(asks('cut'), SHOWN_MS), setTimeout(asks('lost'), LOST_MS)];
    },
    back() {
      // NiceGUI would reload at once where the portal does not know this page any more, and what was typed were gone
      window.socket?.off('connect_error').on('connect_error', () => window.socket.active || this.refused());
      this.timers.splice(0).forEach(clearTimeout);
      if (this.state !== 'ended') this.state = '';
    },
    refused() {
      this.timers.splice(0).forEach(clearTimeout);
      this.say('lost');
      this.probe();
    },
    place() {
      // nothing outside of an open dialog can be pressed
      const host = [...document.querySelectorAll('dialog[open]:not(.lifeline > dialog)')].at(-1) ?? this.$el;
      if (this.$refs.bar.parentElement !== host) host.prepend(this.$refs.bar);
    },
    say(state) {
      if (this.state !== 'ended') this.state = state;
    },
    hold(event) {
      if (!root.hasAttribute('data-cut') || ours(event)) return;
      if (event.type === 'click' && !event.target.closest?.('button')) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (event.target.closest('[data-safe]')) event.target.closest('dialog')?.close();
    },
    async probe(method = 'GET') {
      let answer;
      try {
        answer = await fetch('/session', { method, cache: 'no-store', signal: AbortSignal.timeout(ANSWER_MS) });
      } catch {
        // nobody can say: what the banner says about the connection stands
        if (this.seconds) this.timer = setTimeout(this.probe, ANSWER_MS);
        return;
      }
      if (answer.status === 401) this.end();
      if (answer.status !== 204) return;
      const [seconds, atMost] = answer.headers.get('Session-Ends-In').split(',').map(Number);
      this.stays = atMost > seconds;
      this.count(seconds);
    },
    count(seconds) {
      clearTimeout(this.timer);
      this.seconds = seconds > WARNED_S ? 0 : seconds;
      if (seconds > WARNED_S) {
        this.$refs.warning.close();
        // a timer of the browser holds 24 days at most
        this.timer = setTimeout(this.probe, Math.min(seconds - WARNED_S, 1e6) * 1000);
      } else {
        if (!this.$refs.warning.open) this.$refs.warning.showModal();
        this.timer = setTimeout(this.tick, 1000);
      }
    },
    tick() {
      if (this.seconds > 1) this.count(this.seconds - 1);
      else this.probe();
    },
    stay() {
      this.probe('POST');
    },
    end(leaves) {
      clearTimeout(this.timer);
      this.timers.splice(0).forEach(clearTimeout);
      this.state = 'ended';
      this.$refs.warning.close();
      if (leaves) this.signIn();
      else if (!this.$refs.ended.open) this.$refs.ended.showModal();
    },
    reload() {
      window.dispatchEvent(new Event('scrip-returns'));
      window.location.reload();
    },
    signIn() {
      window.dispatchEvent(new Event('scrip-returns'));
      const here = encodeURIComponent(window.location.pathname + window.location.search);
      window.location.assign(`/sign-in?why=ended&next=${here}`);
    },
  },
};
