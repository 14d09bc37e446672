// The whole state taken, kept in this page or in a file, and put back; and the way to an empty account.

import { el, fill } from './dom.js';
import { ask, moment, press, run } from './scenario.wire.js';

export function snapshots(place) {
  const list = el('ul', { class: 'snapshots' });
  const file = el('input', {
    type: 'file', accept: 'application/json', name: 'snapshot', 'aria-label': 'Snapshot file',
    onchange: async () => {
      const [chosen] = file.files;
      file.value = '';
      if (chosen) run(`Put ${chosen.name} back`, async () => putBack(JSON.parse(await chosen.text())));
    },
  });
  let number = 0;
  const take = async () => {
    const taken = await ask('state');
    const { now } = await ask('time');
    number += 1;
    list.append(kept(`Snapshot ${number}`, now, taken));
  };
  fill(place,
    el('h2', { id: 'state-title' }, 'Snapshots'),
    el('p', { class: 'hint' },
      'Take everything there is, try something, and put it back. A snapshot lives in this page until it is saved to a file.'),
    el('div', { class: 'acts' }, press('Take a snapshot', 'of everything', take, { tone: 'primary' }),
      el('label', { class: 'file' }, 'Put a file back ', file)),
    list,
    el('h2', {}, 'Start again'),
    el('p', { class: 'hint' }, 'Forgets every customer, payment and event, and calms the network. The portal keeps its own books.'),
    el('div', { class: 'acts' }, press('Reset', 'the sandbox', () => ask('reset', {}),
      { tone: 'danger', sure: 'Forget every customer, payment and event of this sandbox?' })));
}

function kept(name, now, taken) {
  const download = `${name.toLowerCase().replace(' ', '-')}.json`;
  const save = el('a', { download, href: '#', onclick: () => offer(save, taken) }, 'Save to a file');
  return el('li', {}, el('span', {}, name, ' ', el('small', {}, moment(now))),
    press('Put back', name, () => putBack(taken)), save);
}

const putBack = (taken) => ask('state', taken, 'PUT');

function offer(link, taken) {
  URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(new Blob([JSON.stringify(taken)], { type: 'application/json' }));
}
