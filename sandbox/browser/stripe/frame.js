// An iframe from the script's own origin and the conversation with it. Both sides check the other's origin and window.

// Resolved unless the page is being pressed, and then with the release: a mistake told under the press makes its frame
// grow, and a button that moved away from under the finger would never be clicked.
let released = Promise.resolve();
addEventListener('pointerdown', () => {
  released = new Promise((resolve) => {
    // The click itself comes after the release, in the same task.
    for (const end of ['pointerup', 'pointercancel']) addEventListener(end, () => setTimeout(resolve), { capture: true, once: true });
  });
}, true);

class Frame {
  constructor(page, title, query = {}) {
    const address = new URL(`${FRAMES}/_sandbox/${page}`);
    for (const [name, value] of Object.entries({ ...query, parent: location.origin })) address.searchParams.set(name, value);
    this.node = document.createElement('iframe');
    this.node.src = address.href;
    this.node.title = title;
    this.node.setAttribute('allow', 'payment *');
    Object.assign(this.node.style, { border: '0', width: '100%', display: 'block' });
    this.handlers = new Map();
    this.waiting = new Map();
    this.calls = 0;
    /** @type {Promise<void>} */
    this.opened = new Promise((resolve) => { this.open = resolve; });
    this.on('height', (height) => released.then(() => { this.node.style.height = `${height}px`; }));
    this.listen = (event) => this.hear(event);
    addEventListener('message', this.listen);
  }

  on(name, handler) {
    this.handlers.set(name, handler);
  }

  // Asks the frame to act, resolves with its answer.
  async ask(act, data = {}) {
    await this.opened;
    const call = ++this.calls;
    return new Promise((resolve) => {
      this.waiting.set(call, resolve);
      this.node.contentWindow?.postMessage({ call, act, data }, FRAMES);
    });
  }

  hear(event) {
    if (event.origin !== FRAMES || event.source !== this.node.contentWindow) return;
    const { call, result, name, data } = event.data ?? {};
    if (call !== undefined) {
      this.waiting.get(call)?.(result);
      this.waiting.delete(call);
    } else {
      if (name === 'hello') this.open();
      this.handlers.get(name)?.(data);
    }
  }

  close() {
    removeEventListener('message', this.listen);
    this.node.remove();
  }
}
