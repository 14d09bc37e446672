"""Who stands at the counter, for whose account they buy, and where they will pay. Only pages/counter and buy use it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from auth.policy import Action, Principal
from billing.portal import Portal
from billing.purchases import Buyer, Checkout
from billing.rules.orders import Order, Surface
from billing.rules.views import AccountView
from pages.frame import Work, act


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit. `account_id` is the visitor's own account, which pays; `receiver` is the one that gets the credits."""

    portal: Portal
    principal: Principal
    account_id: str
    receiver: AccountView

    @property
    def is_own(self) -> bool:
        """Whether they buy for themselves."""
        return self.receiver.id == self.account_id

    @property
    def buyer(self) -> Buyer:
        """The same as the verbs know it."""
        return Buyer(self.principal.id, self.receiver.id, self.account_id)

    @property
    def surface(self) -> Surface:
        """Where they will pay. Without Stripe there is nothing to show in our page: one only leaves and comes back."""
        settings = self.portal.settings
        return Surface.HOSTED if settings.mode == "dummy" else Surface(settings.purchase.surface)

    @property
    def is_taxed(self) -> bool:
        """Whether tax is computed; at which step depends on the surface."""
        return self.portal.settings.tax.automatic

    @property
    def asks_address(self) -> bool:
        """Whether we must ask where they are: Checkout asks that itself."""
        return self.is_taxed and self.surface is Surface.ELEMENTS

    def handler(self, work: Work) -> Work:
        """An event handler that asks again whether this visitor may still buy, and for this account."""
        action = Action.BUY if self.is_own else Action.BUY_FOR_OTHERS
        return act(self.portal, self.principal, action, work, account_id=self.receiver.id)


class Settle(Protocol):
    """Ends the visit with an order that was paid, or is said to be."""

    def __call__(self, order: Order, *, claimed: bool) -> None: ...


class Way(Protocol):
    """A way to pay: what of the page belongs to one surface."""

    @property
    def may_be_left(self) -> bool:
        """Whether nothing is on its way that nobody could call back."""
        ...

    def open(self, checkout: Checkout, due: str) -> None:
        """Lets the visitor pay; `due` is the amount as people read it."""
        ...

    def close(self) -> None:
        """Puts it away."""
        ...


MakeWay = Callable[[Visit, Settle], Way]
