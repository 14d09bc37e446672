// Loads Stripe.js once for whatever of a page needs it: the card form, and Checkout inside the page.

const LOAD_MS = 15000;
const scripts = new Map();

// One promise per address. A failed one is forgotten, so that trying again really loads again.
export function stripeFrom(url) {
  if (!scripts.has(url)) {
    const loading = loadScript(url);
    loading.catch(() => scripts.delete(url));
    scripts.set(url, loading);
  }
  return scripts.get(url);
}

function loadScript(url) {
  return new Promise((resolve, reject) => {
    const tag = Object.assign(document.createElement('script'), { src: url, async: true });
    const fail = (why) => {
      clearTimeout(timer);
      tag.remove();
      reject(new Error(why));
    };
    const timer = setTimeout(() => fail('timeout'), LOAD_MS);
    tag.onload = () => {
      clearTimeout(timer);
      if (window.Stripe) resolve(window.Stripe);
      else fail('empty');
    };
    tag.onerror = () => fail('blocked');
    document.head.append(tag);
  });
}
