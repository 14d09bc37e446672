"""What prices of the provider were sold as, as far as it was ever asked. Verbs may import it.

It holds nothing that the provider could not tell again: it is there so that a question about a plan is one reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, insert, select

from billing.rules.wares import Ware
from billing.store.tables_places import wares
from billing.store.writer import Tx


def known(connection: Connection, price_refs: Iterable[str]) -> dict[str, Ware]:
    """Those of the prices that were seen to be ours."""
    wanted = set(price_refs)
    if not wanted:
        return {}
    query = select(wares.c.price_ref, *_WARE).where(wares.c.price_ref.in_(wanted))
    return {row[0]: Ware(row[1], row[2], row[3], bool(row[4])) for row in connection.execute(query)}


def remember(tx: Tx, found: Mapping[str, Ware], now: int) -> None:
    """Keeps what each price is; what was kept first stays, for a price never becomes another ware."""
    tx.database.serialize(tx.connection, "wares")
    before = known(tx.connection, found)
    for price_ref, ware in found.items():
        if price_ref not in before:
            row = {
                "product": ware.product,
                "interval": ware.interval,
                "interval_count": ware.interval_count,
                "metered": ware.metered,
            }
            tx.connection.execute(insert(wares).values(price_ref=price_ref, recorded_at=now, **row))


_WARE = (wares.c.product, wares.c.interval, wares.c.interval_count, wares.c.metered)
