// What every Element is on the page's side: a place for its frame, and what happens in there passed on.

class FramedElement {
  constructor(elements, options, { type, page, title }) {
    this.elements = elements;
    this.options = options;
    this.made = { type, page, title };
    this.listeners = new Map();
    this.frame = null;
  }

  mount(target) {
    const place = typeof target === 'string' ? document.querySelector(target) : target;
    if (!(place instanceof Element)) {
      throw new IntegrationError(
        `The selector you specified (${target}) applies to no DOM elements that are currently on the page. ` +
          'Make sure the element exists on the page before calling mount().',
      );
    }
    this.unmount();
    const { type, page, title } = this.made;
    this.frame = new Frame(page, title);
    this.frame.node.style.height = '0';
    this.frame.node.name = `__privateStripeFrame${Math.floor(Math.random() * 1e6)}`;
    this.paint();
    for (const name of ['ready', 'change', 'focus', 'blur', 'loaderror', 'escape']) {
      this.frame.on(name, (data) => this.emit(name, { elementType: type, ...data }));
    }
    place.replaceChildren(this.frame.node);
    place.classList.add('StripeElement');
    this.frame.ask('open', this.opening());
    return this;
  }

  // What the frame needs to draw itself.
  opening() {
    return this.elements.opening(this.options);
  }

  // A frame is see-through only while its colour scheme is that of its document.
  paint() {
    const dark = this.elements.options.appearance?.theme === 'night';
    if (this.frame) this.frame.node.style.colorScheme = dark ? 'dark' : 'light';
  }

  // Draws the frame anew after its options or those of its group changed.
  async redraw() {
    this.paint();
    await this.frame?.ask('update', this.opening());
  }

  on(name, handler) {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), handler]);
    return this;
  }

  once(name, handler) {
    const wrapped = (event) => { this.off(name, wrapped); handler(event); };
    return this.on(name, wrapped);
  }

  off(name, handler) {
    const kept = handler ? (this.listeners.get(name) ?? []).filter((one) => one !== handler) : [];
    this.listeners.set(name, kept);
    return this;
  }

  emit(name, event) {
    for (const handler of this.listeners.get(name) ?? []) handler(event);
  }

  update(options) {
    this.options = { ...this.options, ...options };
    this.redraw();
    return this;
  }

  focus() { this.frame?.ask('focus'); }
  blur() { this.frame?.ask('blur'); }
  clear() { this.frame?.ask('clear'); }

  unmount() {
    this.frame?.close();
    this.frame = null;
  }

  destroy() {
    this.unmount();
    this.listeners.clear();
  }
}
