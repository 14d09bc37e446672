// Where the keyboard was, when what held it was drawn anew: found by what it looks like, for it is another element now.
// lifeline.js keeps it for every page, modal.js for what opened a dialog.

const HOLDS = 'a, button, input, select, summary, textarea', SOON_MS = 1_000;
const likeness = (each) => [each.type, each.name, each.value, each.ariaLabel, each.textContent.trim()].join(' ');

// A function that finds what looks like `element` now: itself, or what stands in its place among those like it.
export function findAgain(element) {
  if (!element?.matches(HOLDS)) return () => undefined;
  const looks = likeness(element), alike = () => [...document.querySelectorAll(element.localName)].filter((each) => likeness(each) === looks);
  const before = alike(), place = before.indexOf(element);
  return () => {
    if (element.isConnected) return element;
    const now = alike();
    return now.length === before.length ? now[place] : undefined;
  };
}

export function keepFocus() {
  let find, held, lost;
  const nobody = () => document.activeElement === document.body;
  document.addEventListener('focusin', ({ target }) => { [find, held, lost] = [findAgain(target), target, 0]; });
  // whoever leaves it for the page itself meant to; what is removed is left as well, but is gone a moment later
  document.addEventListener('focusout', () => setTimeout(() => { if (nobody() && held?.isConnected) held = undefined; }));
  new MutationObserver(() => {
    if (!held || held.isConnected || !nobody()) return;
    lost ||= performance.now();
    if (performance.now() - lost > SOON_MS) held = undefined;
    else find()?.focus({ preventScroll: true });
  }).observe(document.body, { childList: true, subtree: true });
}
