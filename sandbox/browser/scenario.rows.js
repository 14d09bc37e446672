// Lists that live: a row is drawn again only when it changed, and then it stays open, keeps what was typed into it and
// keeps the focus.

import { el, fill } from './dom.js';

// A section is { id, title, hint, empty, rows(world), head(row, world), inside(row, world), beside(row, world), more }:
// `beside` is what `inside` shows that is no part of the row.
export class Section {
  constructor(place, section) {
    this.section = section;
    this.drawn = new Map();
    this.count = el('span', { class: 'count' });
    this.list = el('div', { class: 'rows' });
    this.empty = el('p', { class: 'empty' }, section.empty);
    this.more = el('button', { type: 'button', hidden: true, onclick: () => section.more() }, 'Show more');
    const heading = el('h2', { id: `${section.id}-title` }, section.title, ' ', this.count);
    fill(place, heading, section.hint && el('p', { class: 'hint' }, section.hint), section.tools, this.list, this.empty, this.more);
  }

  show(world) {
    const rows = this.section.rows(world);
    const total = this.section.total?.(world) ?? rows.length;
    this.count.textContent = total ? String(total) : '';
    this.empty.hidden = rows.length > 0;
    this.more.hidden = rows.length >= total;
    const kept = new Set(rows.map((row) => row.id));
    for (const [id, row] of this.drawn) if (!kept.has(id)) this.forget(id, row);
    rows.forEach((data, place) => this.place(this.row(data, world), place));
  }

  forget(id, row) {
    row.node.remove();
    this.drawn.delete(id);
  }

  // Only what stands in the wrong place is moved: moving an element would take the focus from it.
  place(row, place) {
    const there = this.list.children[place];
    if (there !== row.node) this.list.insertBefore(row.node, there ?? null);
  }

  row(data, world) {
    const head = this.section.head(data, world);
    const mark = JSON.stringify([head, data, this.section.beside?.(data, world)]);
    const row = this.drawn.get(data.id) ?? this.begin(data.id);
    if (row.mark === mark) return row;
    Object.assign(row, { mark, draw: () => this.section.inside(data, world) });
    fill(row.summary, ...summary(head));
    if (row.node.open) redraw(row);
    else fill(row.inside);
    return row;
  }

  begin(id) {
    const inside = el('div', { class: 'inside' });
    const head = el('summary', {});
    const node = el('details', { class: 'row', 'data-id': id }, head, inside);
    const row = { node, summary: head, inside, mark: null };
    node.addEventListener('toggle', () => { if (node.open && !inside.hasChildNodes()) fill(inside, row.draw()); });
    this.drawn.set(id, row);
    return row;
  }
}

function summary({ title, note, amount, state, tone, at }) {
  return [
    el('span', { class: 'what' }, el('b', {}, title), note && el('small', {}, note)),
    el('span', { class: 'num' }, amount ?? ''),
    el('span', { class: `state ${tone ?? ''}` }, state ?? ''),
    el('span', { class: 'at' }, at ?? ''),
  ];
}

function redraw({ inside, draw }) {
  const focused = inside.contains(document.activeElement) ? mark(document.activeElement) : null;
  const typed = [...inside.querySelectorAll('input, select')].map((input) => [mark(input), input.value, input.checked]);
  const open = [...inside.querySelectorAll('details')].map((node) => node.open);
  fill(inside, draw());
  inside.querySelectorAll('details').forEach((node, place) => { node.open = open[place] ?? node.open; });
  for (const [key, value, checked] of typed) Object.assign(find(inside, key) ?? {}, { value, checked });
  if (focused) find(inside, focused)?.focus({ preventScroll: true });
}

const mark = (node) => node.dataset.key ?? node.name ?? node.tagName;

function find(inside, key) {
  return [...inside.querySelectorAll('button, input, select, a, summary')].find((node) => mark(node) === key);
}

// The object as the API tells it.
export function raw(thing, label = 'Object') {
  return el('details', { class: 'raw' }, el('summary', {}, label), el('pre', { tabindex: '0' }, JSON.stringify(thing, null, 2)));
}
