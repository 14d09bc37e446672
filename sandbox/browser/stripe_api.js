// Requests from a frame. The API stands at Stripe's own address when this frame does, else here.

const API = location.hostname === 'js.stripe.com' ? 'https://api.stripe.com' : location.origin;
const LOST = { error: { type: 'api_connection_error', message: 'We could not reach Stripe. Check your connection and try again.' } };

function flatten(value, at, pairs) {
  if (value === undefined || value === null) return pairs;
  if (typeof value !== 'object') return [...pairs, [at, String(value)]];
  return Object.entries(value).reduce((all, [key, inner]) => flatten(inner, at ? `${at}[${key}]` : key, all), pairs);
}

// `/v1/...` speaks forms as Stripe does, `/_sandbox/...` speaks JSON.
export async function post(path, params) {
  const own = path.startsWith('/_sandbox/');
  const told = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined && value !== null));
  const body = own ? JSON.stringify(told) : new URLSearchParams(flatten(params, '', []));
  const headers = own ? { 'content-type': 'application/json' } : {};
  try {
    const answer = await fetch(`${own ? location.origin : API}${path}`, { method: 'POST', body, headers, credentials: 'omit' });
    return await answer.json();
  } catch {
    return LOST;
  }
}
