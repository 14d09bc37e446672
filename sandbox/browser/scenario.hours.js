// The sandbox's own date, and time that passes at once with everything it brings.

import { el, fill } from './dom.js';
import { form } from './scenario.payments.js';
import { raw } from './scenario.rows.js';
import { ask, moment, press } from './scenario.wire.js';

const LEAPS = [['1 hour', { seconds: 3600 }], ['1 day', { days: 1 }], ['3 days', { days: 3 }], ['1 month', { days: 31 }], ['1 year', { days: 365 }]];
const WEEKDAY = new Intl.DateTimeFormat('en', { dateStyle: 'full', timeStyle: 'short', timeZone: 'UTC' });

export function hours(place) {
  const now = el('output', { class: 'now' });
  const ahead = el('span', { class: 'hint' });
  const until = el('input', { type: 'datetime-local', name: 'until', 'aria-label': 'Moment to go to (UTC)' });
  const happened = ({ happened: things }) => `${things} ${things === 1 ? 'thing' : 'things'} happened on the way.`;
  const leaps = LEAPS.map(([text, body]) => press(text, 'pass', () => ask('time', body), { say: happened }));
  const jump = form('Time', () => {
    if (!until.value) throw new Error('Choose a moment first.');
    return ask('time', { until: Date.parse(`${until.value}Z`) / 1000 });
  }, until, el('button', { type: 'submit' }, 'Go there'));
  fill(place,
    el('h2', { id: 'hours-title' }, 'Time'),
    el('p', { class: 'clock' }, now, ahead),
    el('div', { class: 'acts' }, el('span', { class: 'hint' }, 'Let pass'), leaps, jump));
  return (health) => {
    const text = `${WEEKDAY.format(new Date(health.now * 1000))} UTC`;
    if (now.textContent !== text) now.textContent = text;
    ahead.textContent = health.ahead_seconds ? ` ${span(health.ahead_seconds)} ahead of the real time` : ' the real time';
  };
}

function span(seconds) {
  const [days, rest] = [Math.floor(seconds / 86_400), seconds % 86_400];
  const [full, minutes] = [Math.floor(rest / 3600), Math.floor((rest % 3600) / 60)];
  const parts = [days && `${days} ${days === 1 ? 'day' : 'days'}`, full && `${full} h`, minutes && `${minutes} min`];
  return parts.filter(Boolean).join(' ') || `${seconds} s`;
}

export const testClocks = {
  id: 'test-clocks',
  title: 'Test clocks',
  empty: 'No test clock yet.',
  rows: (world) => world.test_clocks,
  total: (world) => world.totals.test_clocks,
  head: (clock) => ({ title: clock.name ?? clock.id, note: clock.id, state: clock.status, tone: 'good', at: moment(clock.frozen_time) }),
  inside(clock) {
    const on = (text, body) => press(text, clock.name ?? clock.id, () => ask(`test-clocks/${clock.id}/advance`, body));
    return [el('div', { class: 'acts' }, LEAPS.map(([text, body]) => on(text, body))), raw(clock)];
  },
};
