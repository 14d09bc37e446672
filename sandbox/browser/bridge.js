// The frame's end of the conversation with the page that holds it. Only the window above us, at the origin it named
// when it opened us, is heard and answered.

const parentOrigin = new URLSearchParams(location.search).get('parent');

export const framed = window.parent !== window && parentOrigin !== null;

// Answers the parent's questions: `acts` maps a name to a function, whose result is the answer.
export function serve(acts) {
  if (!framed) return;
  addEventListener('message', async (event) => {
    if (event.source !== window.parent || event.origin !== parentOrigin) return;
    const { call, act, data } = event.data ?? {};
    if (!Object.hasOwn(acts, act)) return;
    window.parent.postMessage({ call, result: (await acts[act](data)) ?? null }, parentOrigin);
  });
  tell('hello');
}

export function tell(name, data) {
  if (framed) window.parent.postMessage({ name, data }, parentOrigin);
}
