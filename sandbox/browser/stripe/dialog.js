// 3-D Secure: a modal dialog around the bank's page. Leaving it with Escape is the same as failing.

/** @returns {Promise<void>} */
function askBank(clientSecret) {
  const { kind, id } = intentOf(clientSecret);
  const query = { [kind.noun]: id, client_secret: clientSecret };
  const frame = new Frame('3ds', '3D Secure 2 Test Page', query);
  const dialog = document.createElement('dialog');
  dialog.setAttribute('aria-label', '3D Secure authentication');
  Object.assign(dialog.style, {
    padding: '0', border: '0', borderRadius: '12px', width: 'min(420px, calc(100vw - 32px))', height: '340px',
    maxHeight: 'calc(100vh - 32px)', overflow: 'hidden', background: '#fff', boxShadow: '0 24px 60px rgb(0 0 0 / 35%)',
  });
  Object.assign(frame.node.style, { height: '100%', colorScheme: 'light' });
  dialog.append(frame.node);
  document.body.append(dialog);
  dialog.showModal();
  frame.on('hello', () => frame.node.focus());
  return new Promise((resolve) => {
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      frame.ask('fail');
    });
    frame.on('done', () => {
      dialog.close();
      frame.close();
      dialog.remove();
      resolve();
    });
  });
}
