// The fields of a bank account: an IBAN, or the two numbers of an American one, with the name and the e-mail address
// every debit needs. Used by `payment`.

import { checkAccount, checkEmail, checkIban, checkName, checkRouting, plainIban, showIban } from './bank_rules.js';
import { withheld } from './card_panel.js';
import { byId } from './dom.js';

const OWNER = { name: checkName, email: checkEmail };
const ACCOUNTS = {
  sepa_debit: {
    numbers: { iban: checkIban },
    terms: 'sepaDebit',
    data: () => ({ sepa_debit: { iban: plainIban(value('iban')) } }),
    agreed: (seller) => `By providing your IBAN and confirming this payment you allow ${seller} to debit your account.`,
  },
  us_bank_account: {
    numbers: { routing: checkRouting, account: checkAccount },
    terms: 'usBankAccount',
    data: () => ({
      us_bank_account: { routing_number: value('routing'), account_number: value('account'), account_holder_type: 'individual' },
    }),
    agreed: (seller) => `By confirming this payment you allow ${seller} to debit the account above.`,
  },
};

const value = (id) => byId(id).value.trim();
const asked = (id) => !byId(`${id}-row`).hidden;

// A panel as `card_panel` describes it, for one kind of account.
function bankPanel(type) {
  const { numbers, terms, data, agreed } = ACCOUNTS[type];
  const checksOf = () => ({ ...Object.fromEntries(Object.entries(OWNER).filter(([id]) => asked(id))), ...numbers });
  return {
    type,
    place: byId('bank'),
    checks: () => Object.fromEntries(Object.entries(checksOf()).map(([id, check]) => [id, () => check(byId(id).value)])),
    data,
    billing: () => Object.fromEntries(Object.keys(OWNER).filter(asked).map((id) => [id, value(id)])),
    format() {},
    left: () => { byId('iban').value = showIban(byId('iban').value); },
    draw(opening) {
      const all = Object.values(ACCOUNTS).flatMap((one) => Object.keys(one.numbers));
      for (const id of all) byId(`${id}-row`).hidden = !(id in numbers);
      for (const id of Object.keys(OWNER)) byId(`${id}-row`).hidden = withheld(opening, id);
      byId('agreed').textContent = opening.terms?.[terms] === 'never' ? '' : agreed(opening.business?.name ?? 'the seller');
    },
  };
}

export function prefill({ name, email } = {}) {
  byId('name').value ||= name ?? '';
  byId('email').value ||= email ?? '';
}

export const bankPanels = Object.keys(ACCOUNTS).map(bankPanel);
