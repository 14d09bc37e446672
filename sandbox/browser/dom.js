// Elements without writing HTML as text. Used by the pages of checkout, of the portal and of the scenarios.

// `el('button', { class: 'quiet', onclick: pay, disabled: busy }, 'Pay')`: true sets an attribute without a value;
// false, null and undefined leave it out; `on…` listens. Children may be lists; null and false are skipped.
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...present(children));
  return made;
}

// Puts these children in the place of what an element held.
export function fill(element, ...children) {
  element.replaceChildren(...present(children));
  return element;
}

export function byId(id) {
  return document.getElementById(id);
}

// Acts now, or when the press that is under way is over: what moves from under a finger is never clicked.
export function afterPress(act) {
  if (pressed) releases.push(act);
  else act();
}

let pressed = false;
const releases = [];
addEventListener('pointerdown', () => { pressed = true; }, true);
for (const end of ['pointerup', 'pointercancel']) {
  // The click itself comes after the release, in the same task.
  addEventListener(end, () => setTimeout(() => {
    pressed = false;
    for (const act of releases.splice(0)) act();
  }), true);
}

function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}
