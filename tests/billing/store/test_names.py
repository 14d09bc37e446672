"""Names behind ids on both engines: one query however many ids stand in however many texts."""

from __future__ import annotations

from sqlalchemy import event

from auth import own_keys
from billing import acts, grant_batches, members
from billing.grant_batches import Sent
from billing.rules.console import AuditFilters
from billing.rules.organisations import Standing
from billing.store import names
from tests.world.groups import ABOVE, founded, person
from tests.world.portals import World


def test_ids_in_texts_are_told_by_name_in_one_query(world: World) -> None:
    ada = person(world, "Ada")
    engines = founded(world, ada, "Analytical Engines")
    key, _secret = own_keys.make(world.portal, engines, "Nightly export", ada)
    batch = grant_batches.check(world.portal, Sent(f"{engines},5,a reason long enough", ada, "f", "Survey")).batch.id
    nameless = grant_batches.check(world.portal, Sent(f"{engines},5,a reason long enough", ada, "g")).batch.id
    texts = (
        f"{ada} member",
        f"Engines, owned by {ada}",
        f"{engines}:{key}",
        None,
        batch,
        nameless,
        "usr_nobody",
        "5 rows",
    )
    asked: list[str] = []
    with world.portal.database.read() as connection:
        event.listen(connection.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        found = names.behind(connection, texts)
        assert names.behind(connection, ["system", None, "12.5"]) == {}
    assert found == {ada: "Ada", engines: "Analytical Engines", key: "Nightly export", batch: "Survey"}
    assert len([each for each in asked if each != "BEGIN"]) == 1


def test_a_line_of_the_audit_log_brings_the_names_of_whom_it_speaks(world: World) -> None:
    ada, bo = person(world, "Ada"), person(world, "Bo")
    engines = founded(world, ada)
    members.add(world.portal, engines, bo, Standing.MEMBER, ABOVE)
    (joined,) = acts.page(world.portal, AuditFilters(account_id=engines, action="member.joined")).lines
    assert joined.line.after == f"{bo} member"
    assert joined.names[bo] == "Bo"
    assert joined.actor_name is None
