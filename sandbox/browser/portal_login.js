// The login page of a portal configuration: an e-mail address opens the portal of the customer who has it.

import { byId, fill } from './dom.js';
import { signInForm } from './portal_step.js';
import { signIn } from './portal_wire.js';

fill(byId('view'), signInForm('Enter the e-mail address you buy with.', async (email) => {
  const { url } = await signIn(email);
  location.assign(url);
}));
