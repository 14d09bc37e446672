"""Databases of PostgreSQL that are used again: emptied between tests, for making one takes ten times as long.

Only a database whose form is still that of its template comes back; one in which a test changed a table, a trigger or a
function is dropped. It comes back under another name, so whoever still holds the old address finds nothing there.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from tests.world.postgres import Cluster

FORM = """
SELECT md5(string_agg(said, ' ' ORDER BY said)) FROM (
    SELECT format('%s %s %s %s', oid, relname, relkind, relchecks) AS said
        FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT format('%s %s %s %s %s', attrelid, attname, atttypid, attnotnull, atthasdef) FROM pg_attribute
        WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
    UNION ALL SELECT format('%s %s', oid, tgenabled) FROM pg_trigger
    UNION ALL SELECT format('%s %s', oid, conname) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT format('%s %s', oid, prosrc) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT format('%s %s', setrole, setconfig) FROM pg_db_role_setting
) AS everything
"""

KEEP = """
CREATE SCHEMA kept;
DO $$ DECLARE name text; has_rows boolean; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO has_rows;
        IF has_rows THEN EXECUTE format('CREATE TABLE kept.%I AS TABLE public.%I', name, name); END IF;
    END LOOP;
END $$
"""

# Without triggers, for some refuse to delete; what the template held comes back, and sequences begin anew.
REFILL = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
BEGIN;
SET LOCAL session_replication_role = replica;
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('DELETE FROM public.%I', name);
    END LOOP;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'kept' LOOP
        EXECUTE format('INSERT INTO public.%I SELECT * FROM kept.%I', name, name);
    END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences;
END $$;
COMMIT
"""

# What is deleted leaves gaps, which later rows would fill: rows of one moment are to lie in the order they came.
USED = """
SELECT string_agg(format('public.%I', relname), ', ') FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0
"""


OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


class Refilled:
    """The databases of one server that are ready to be used again, by the key of their template."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._ready: dict[str, list[str]] = {}
        self._forms: dict[str, str] = {}

    @contextmanager
    def database(self, key: str, prepare: Callable[[str], None]) -> Iterator[str]:
        """The URL of a database as `prepare(url)` leaves it."""
        name = self._take(key, prepare)
        try:
            yield self._cluster.url(name)
        finally:
            self._give_back(key, name)

    def _take(self, key: str, prepare: Callable[[str], None]) -> str:
        ready = self._ready.setdefault(key, [])
        if ready:
            return ready.pop()
        name = self._cluster.create(self._cluster.template(key, lambda url: self._prepared(url, prepare)))
        with self._inside(name) as connection:
            self._forms[name] = _form(connection)
        return name

    def _prepared(self, url: str, prepare: Callable[[str], None]) -> None:
        prepare(url)
        with self._inside(url.rpartition("/")[2].partition("?")[0]) as connection:
            connection.execute(KEEP)

    def _give_back(self, key: str, name: str) -> None:
        form = self._forms.pop(name)
        with self._inside(name) as connection:
            is_usable = _form(connection) == form
            if is_usable:
                connection.execute(REFILL)
                _close_gaps(connection)
                is_usable = _is_alone(connection)
        if not is_usable:
            self._cluster.drop(name)
            return
        fresh = f"scrip_{uuid.uuid4().hex[:12]}"
        try:
            self._rename(name, fresh)
        except psycopg.errors.ObjectInUse:  # somebody who is still ending came back to it
            self._cluster.drop(name)
            return
        self._forms[fresh] = form
        self._ready[key].append(fresh)

    def _rename(self, name: str, fresh: str) -> None:
        order = sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(fresh))
        with self._inside("postgres") as connection:
            connection.execute(order)

    def _inside(self, name: str) -> psycopg.Connection:
        return psycopg.connect(host=str(self._cluster.folder), user="postgres", dbname=name, autocommit=True)


def _form(connection: psycopg.Connection) -> str:
    row = connection.execute(FORM).fetchone()
    assert row is not None
    return str(row[0])


def _is_alone(connection: psycopg.Connection) -> bool:
    """Whether nobody came back to it meanwhile: to rename it then, PostgreSQL would wait five seconds for them."""
    return connection.execute(OTHERS).fetchone() == (0,)


def _close_gaps(connection: psycopg.Connection) -> None:
    (used,) = connection.execute(USED).fetchone() or (None,)
    if used:
        connection.execute(sql.SQL("VACUUM ") + sql.SQL(used))
