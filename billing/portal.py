"""The one explicit value: everything a verb needs, put together by app.py, passed as the first argument.

With it the bell, which tells open pages that an account changed. It carries no amounts: whoever hears it reads again.
Between processes PostgreSQL's NOTIFY rings it (`store/listener.py`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from billing.gateways.contract import Gateway
from billing.gateways.mail_message import Mailer
from billing.rules.moments import Clock
from billing.rules.plans import Catalogue
from billing.settings import Settings
from billing.store.database import Database
from billing.store.till import Till

NO_PLANS = Catalogue()
Listener = Callable[[str], None]
"""Called with the account id, from any thread: it must only pass the news on."""


class Bell:
    """Who wants to hear about which account. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[str, set[Listener]] = {}
        self._to_all: set[Listener] = set()

    def listen(self, account_id: str, listener: Listener) -> Callable[[], None]:
        """Registers `listener`; returns the function that takes it away again."""
        with self._lock:
            self._listeners.setdefault(account_id, set()).add(listener)

        def leave() -> None:
            with self._lock:
                heard = self._listeners.get(account_id, set())
                heard.discard(listener)
                if not heard:
                    self._listeners.pop(account_id, None)

        return leave

    def listen_to_all(self, listener: Listener) -> Callable[[], None]:
        """The same for every account there is; `listener` is called where others wait, so it only takes notes."""
        with self._lock:
            self._to_all.add(listener)

        def leave() -> None:
            with self._lock:
                self._to_all.discard(listener)

        return leave

    def ring(self, account_ids: Iterable[str]) -> None:
        """Tells everyone who listens to these accounts."""
        for account_id in account_ids:
            with self._lock:
                listeners = (*self._to_all, *self._listeners.get(account_id, ()))
            for listener in listeners:
                listener(account_id)

    def ring_all(self) -> None:
        """Tells everyone: news may have been missed while a connection was away."""
        with self._lock:
            accounts = tuple(self._listeners)
        self.ring(accounts)


@dataclass(frozen=True, slots=True)
class Portal:
    """A running portal. Tests build another one with their own clock, database or gateway. Without a mailer it sends
    no mail and owes none.
    """

    settings: Settings
    database: Database
    till: Till
    gateway: Gateway
    clock: Clock
    bell: Bell
    catalogue: Catalogue = NO_PLANS
    mailer: Mailer | None = None
