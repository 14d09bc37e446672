// The control API explained and ready to try, drawn from openapi.json without anything from the internet.

const place = document.getElementById('operations');
const make = (tag, props = {}, ...inner) => {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...inner);
  return node;
};

function bodyOf(operation, schemas) {
  const schema = operation.requestBody?.content['application/json'].schema;
  const name = (schema?.$ref ?? schema?.anyOf?.[0]?.$ref)?.split('/').pop();
  return name ? schemas[name] : null;
}

function example(schema) {
  const sample = { boolean: true, integer: 1, number: 1.5, string: 'text', array: [] };
  const kind = (field) => field.type ?? field.anyOf?.[0]?.type ?? 'string';
  const choice = (field) => field.enum?.[0] ?? field.anyOf?.[0]?.enum?.[0];
  const entries = Object.entries(schema.properties ?? {});
  return JSON.stringify(
    Object.fromEntries(entries.map(([name, field]) => [name, field.default ?? choice(field) ?? sample[kind(field)]])), null, 2);
}

function explain(schema) {
  const list = make('ul');
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (field.description) list.append(make('li', {}, make('code', { textContent: name }), `: ${field.description}`));
  }
  return list;
}

function form(method, path, operation, schemas) {
  const schema = bodyOf(operation, schemas);
  const inputs = (operation.parameters ?? []).map(({ name, in: where }) => {
    const input = make('input', { type: 'text', name });
    input.dataset.where = where;
    return input;
  });
  const body = schema && make('textarea', { value: example(schema), spellcheck: false, ariaLabel: 'Body', rows: example(schema).split('\n').length });
  const answer = make('pre', { hidden: true });
  const send = make('button', { type: 'submit', className: 'primary', textContent: 'Send' });
  const node = make('form', {}, ...inputs.map((input) => make('p', {}, make('label', {}, `${input.name} `, input))));
  if (schema) node.append(explain(schema), body);
  node.append(make('p', {}, send), answer);
  node.addEventListener('submit', async (event) => {
    event.preventDefault();
    const url = new URL(path, location.origin);
    for (const input of inputs) {
      if (input.dataset.where === 'path') url.pathname = decodeURI(url.pathname).replace(`{${input.name}}`, input.value);
      else if (input.value) url.searchParams.set(input.name, input.value);
    }
    const headers = { 'content-type': 'application/json' };
    const told = await fetch(url, { method, headers, body: body?.value });
    answer.textContent = `${told.status}\n${JSON.stringify(await told.json(), null, 2)}`;
    answer.hidden = false;
  });
  return node;
}

const { paths, components } = await (await fetch('/_sandbox/openapi.json')).json();
for (const [path, methods] of Object.entries(paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    const title = make('summary', {}, make('b', { textContent: method.toUpperCase() }), make('code', { textContent: path }), ` ${operation.summary}`);
    place.append(make('details', {}, title, form(method.toUpperCase(), path, operation, components.schemas)));
  }
}
