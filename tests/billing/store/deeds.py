"""Work that tests hand to the teller. Only tests/billing/store uses it.

The teller's process imports this module to find the work, so nothing heavy may be imported here.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from billing.rules.errors import NotFound
from billing.store.writer import Tx


def who(_: Tx, payloads: Sequence[object]) -> list[int]:
    """The process that writes."""
    return [os.getpid() for _ in payloads]


def call_them(tx: Tx, renamed: Sequence[tuple[str, str]]) -> list[None]:
    for account, name in renamed:
        rename(tx, account, name)
        tx.changed.add(account)
    return [None for _ in renamed]


def miss(_: Tx, payloads: Sequence[str]) -> list[str]:
    if "nothing" in payloads:
        raise NotFound("There is nothing.", place="here")
    return list(payloads)


class Stubborn(Exception):
    """Cannot travel between processes."""

    def __reduce__(self) -> Any:
        raise TypeError("stays at home")


def be_stubborn(_: Tx, __: Sequence[object]) -> list[object]:
    raise Stubborn


def stop_writing(_: Tx, payloads: Sequence[object]) -> list[object]:
    os.kill(os.getpid(), signal.SIGKILL)
    return list(payloads)


def rename(tx: Tx, account_id: str, name: str) -> None:
    tx.connection.execute(text("UPDATE accounts SET name = :name WHERE id = :id"), {"name": name, "id": account_id})
