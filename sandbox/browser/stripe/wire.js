// Calls to the API with the publishable key, as a browser may make them.

function flatten(value, at, pairs) {
  if (value === undefined || value === null) return pairs;
  if (typeof value !== 'object') {
    pairs.push([at, String(value)]);
    return pairs;
  }
  for (const [key, inner] of Object.entries(value)) flatten(inner, at ? `${at}[${key}]` : key, pairs);
  return pairs;
}

async function request(method, path, params) {
  const form = new URLSearchParams(flatten(params, '', []));
  const url = method === 'GET' ? `${API}${path}?${form}` : `${API}${path}`;
  try {
    const answer = await fetch(url, { method, body: method === 'GET' ? undefined : form, credentials: 'omit' });
    return await answer.json();
  } catch {
    return { error: { type: 'api_connection_error', message: 'We could not reach Stripe. Check your connection and try again.' } };
  }
}

async function fetchIntent(key, clientSecret, only) {
  const { kind, id } = intentOf(clientSecret, only);
  const body = await request('GET', `${kind.path}/${id}`, { key, client_secret: clientSecret });
  return body.error ? { error: body.error } : { [kind.result]: body };
}
