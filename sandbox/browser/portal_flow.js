// Links that lead straight to one act: where each begins, and where it ends.

const BEGINNINGS = {
  customer_update: () => 'details',
  payment_method_update: () => 'card',
  subscription_cancel: (flow) => `cancel/${flow.subscription_cancel.subscription}`,
  subscription_pause: (flow) => `pause/${flow.subscription_pause.subscription}`,
  subscription_update: (flow) => `change/${flow.subscription_update.subscription}`,
  subscription_update_confirm: (flow) => `confirm/${flow.subscription_update_confirm.subscription}`,
};

// The flow of this visit as long as it is not finished; a reload after its end shows the whole portal.
export function openFlow(session) {
  return session.flow && !sessionStorage.getItem(key(session)) ? session.flow : null;
}

export function beginning(flow) {
  return BEGINNINGS[flow.type](flow);
}

// Ends the flow: 'home', 'done' (with `message`), or away to the seller.
export function ending(session) {
  sessionStorage.setItem(key(session), 'finished');
  const { type, redirect, hosted_confirmation: confirmation } = session.flow.after_completion;
  if (type === 'redirect') return { away: redirect.return_url };
  if (type === 'hosted_confirmation') return { place: 'done', message: confirmation?.custom_message };
  return { place: '' };
}

const key = (session) => `flow of ${session.id}`;
