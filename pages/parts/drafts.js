// Keeps what was typed into fields that say so (data-draft) over a reload, or over signing in again: in this tab, for
// this person, for an hour, and only fields of text and choice that say so. lifeline.js starts it.
const KEY = 'scrip-draft', LIVES_MS = 3_600_000;

export function keepDrafts(whose) {
  let returns = false;
  const path = window.location.pathname;
  const kept = taken(whose, path);
  window.addEventListener('scrip-returns', () => (returns = true));
  window.addEventListener('pagehide', () => {
    const typed = [...document.querySelectorAll('[data-draft]')].filter(isTyped);
    const values = Object.fromEntries(typed.map((each) => [each.dataset.draft, each.value]));
    sessionStorage.setItem(KEY, JSON.stringify({ whose, path, returns, values, at: Date.now() }));
  });
  // a form that the server fills is emptied by that, so what was kept comes after it
  document.addEventListener('filled', (event) => fill(event.target.querySelectorAll('[data-draft]'), kept));
  setTimeout(() => choose(kept).then(() => fill([...document.querySelectorAll('[data-draft]')].filter(isSeen), kept)));
}

function taken(whose, path) {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEY)) ?? {};
    const isBack = found.returns || performance.getEntriesByType('navigation')[0]?.type === 'reload';
    const isOurs = found.whose === whose && found.path === path && Date.now() - found.at < LIVES_MS;
    return isBack && isOurs ? found.values : {};
  } catch {
    return {};
  } finally {
    sessionStorage.removeItem(KEY);
  }
}

const isSeen = (field) => field.checkVisibility() && field.type !== 'radio';

function isTyped(field) {
  return field.checkVisibility() && field.value !== '' && (field.type !== 'radio' || field.checked);
}

async function choose(kept) {
  for (const radio of document.querySelectorAll('input[type=radio][data-draft]')) {
    if (kept[radio.dataset.draft] !== radio.value || radio.checked) continue;
    radio.click();
    // what else can be typed depends on the choice: the server's word about that comes first
    await new Promise((done) => window.socket.once('update', () => setTimeout(done, 50)));
  }
}

function fill(fields, kept) {
  for (const field of fields) {
    if (!(field.dataset.draft in kept)) continue;
    field.value = kept[field.dataset.draft];
    delete kept[field.dataset.draft];
    for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, { bubbles: true }));
  }
}
