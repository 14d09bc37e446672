// The customer portal: one page, whose place is in the address after `#`. The link is the only key.

import { byId, el, fill } from './dom.js';
import { cardSection, cardView } from './portal_cards.js';
import { changeView, confirmView } from './portal_change.js';
import { detailsSection, detailsView } from './portal_details.js';
import { cancelView, pauseView } from './portal_endings.js';
import { beginning, ending, openFlow } from './portal_flow.js';
import { invoiceSection } from './portal_invoices.js';
import { planSection } from './portal_plans.js';
import { signInForm } from './portal_step.js';
import { carryOut, load, recover } from './portal_wire.js';

const VIEWS = {
  '': home, cancel: cancelView, card: cardView, change: changeView, confirm: confirmView, details: detailsView, done, pause: pauseView,
};

const portal = {
  shown: null,
  message: null,

  // Carries out one act and keeps the page's new state; returns what the act led to.
  async act(name, wish = {}) {
    try {
      const { done: led, shown } = await carryOut(name, wish);
      portal.shown = shown;
      return led;
    } catch (trouble) {
      if (trouble.code === 'session_expired') runOut(trouble);
      throw trouble;
    }
  },

  async refresh() {
    portal.shown = await load();
  },

  subscription(id) {
    return portal.shown.subscriptions.find((row) => row.id === id);
  },

  go(place) {
    if (place === here()) draw();
    else location.hash = place;
  },

  // An act is done: tells so, and goes home or where the flow ends.
  finish(said) {
    if (!openFlow(portal.shown.session)) return portal.home(said);
    const { away, place, message } = ending(portal.shown.session);
    if (away) return location.assign(away);
    portal.message = message ?? said;
    return place ? portal.go(place) : portal.home(said);
  },

  home(said = '') {
    portal.said = said;
    portal.go('');
  },

  // A step that is given up: back to the seller out of a flow, else to the portal's first page.
  leave() {
    const { session } = portal.shown;
    if (openFlow(session) && session.return_url) location.assign(session.return_url);
    else portal.home();
  },

  show({ title, content }) {
    byId('title').textContent = title;
    document.title = title;
    fill(byId('view'), content).removeAttribute('aria-busy');
    fill(byId('notice'), portal.said ?? '');
    const heard = portal.said ? byId('notice') : byId('title');
    portal.said = null;
    if (portal.drawn) heard.focus({ preventScroll: true });
    if (portal.drawn) scrollTo(0, 0);
    portal.drawn = true;
  },
};

function home() {
  const sections = [planSection(portal), cardSection(portal), detailsSection(portal), invoiceSection(portal)].filter(Boolean);
  const empty = el('p', { class: 'soft' }, 'There is nothing to manage here yet.');
  return { title: 'Billing', content: sections.length ? sections : empty };
}

function done() {
  const more = el('button', { type: 'button', onclick: () => portal.home() }, 'Go to billing');
  return { title: 'Thank you', content: el('section', {}, el('p', { class: 'lead' }, portal.message ?? 'Your change was saved.'), more) };
}

const here = () => location.hash.slice(1);

function draw() {
  const [name, id] = here().split('/');
  const lost = id !== undefined && !portal.subscription(id);
  portal.show((lost ? home : VIEWS[name] ?? home)(portal, id));
}

// Signing in is offered only where the seller allows it and the time for it is not over.
function runOut({ message, told }) {
  wayBack(told.return_url);
  const form = told.sign_in && signInForm('Your e-mail address opens it again.', async (email) => {
    const { url } = await recover(email);
    if (url.split('#')[0] === location.href.split('#')[0]) location.reload();
    else location.assign(url);
  });
  portal.show({ title: 'This link has run out', content: el('section', {}, el('p', {}, message), form) });
}

function wayBack(url) {
  byId('return').hidden = !url;
  if (url) byId('return').href = url;
}

function frame({ business, session }) {
  byId('headline').textContent = business.headline ?? 'Manage your billing';
  wayBack(session.return_url);
  const policies = [['Terms', business.terms_of_service_url], ['Privacy', business.privacy_policy_url]];
  fill(byId('policies'), policies.filter(([, url]) => url).map(([text, href]) => el('a', { href }, text)));
}

async function start() {
  try {
    portal.shown = await load();
  } catch (trouble) {
    if (trouble.code === 'session_expired') return runOut(trouble);
    return portal.show({ title: 'This page is not there', content: el('p', { class: 'alert', role: 'alert' }, trouble.message) });
  }
  frame(portal.shown);
  const flow = openFlow(portal.shown.session);
  if (flow && !here()) history.replaceState(null, '', `#${beginning(flow)}`);
  return draw();
}

addEventListener('hashchange', () => portal.shown && draw());
start();
