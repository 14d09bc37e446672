"""Between a page and the verbs: asking without blocking the loop, asking again who asks, following an account.
Only pages import it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar

import structlog
from nicegui import Client, background_tasks, run, ui

from auth.policy import Action, Principal, authorize
from auth.sessions import still_valid
from billing.portal import Portal
from billing.rules.errors import ActsElsewhere, LedgerUnavailable, ScripError, SignedOut
from pages.parts.lifeline import leave_to_sign_in

P = ParamSpec("P")
R = TypeVar("R")
Reread = Callable[[], Awaitable[None]]

LEAVING = "leaving"
PATIENCE_SECONDS = 1.0
"""So long a page itself waits for its sums; after that they come when they are there."""
GATHER_SECONDS = 0.05
"""A burst of changes (a batch of debits) is read once."""
SLOW_SECONDS, REST = 0.5, 10
"""Whatever takes longer to read rests ten times as long before it is read again, but at most a minute."""
REST_MOST = 60.0

log = structlog.get_logger("pages")


def follow(
    portal: Portal, principal: Principal, account_id: str, reread: Reread, gather: float = GATHER_SECONDS
) -> None:
    """Calls `reread` in this page whenever the account changed, until the page is gone.

    Once also when the page was cut off for a while. Start following before the first reading, so that nothing can
    change unseen in between. What takes longer to read is read less often: `gather` seconds of changes at once.
    """
    follower = _Follower(portal, principal, ui.context.client, reread, gather)
    leave = portal.bell.listen(account_id, follower.hear)
    ui.context.client.on_delete(leave)
    ui.context.client.on_connect(follower.connected)


def leave_for(address: str) -> None:
    """Goes to another page because of what was done here. The news of it must not reload this page meanwhile, for
    that would end the way there.
    """
    ui.context.client.storage[LEAVING] = True
    ui.navigate.to(address)


async def patiently(reread: Reread, wait: ui.element) -> None:
    """Shows what `reread` shows at once, or else `wait` until it is there."""
    reading = background_tasks.create(_run(reread), name="add up", context=ui.context.client)
    done, _pending = await asyncio.wait({reading}, timeout=PATIENCE_SECONDS)
    if done:
        reading.result()
    wait.set_visibility(not done)


async def _run(reread: Reread) -> None:
    await reread()


async def ask(verb: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What `verb` answers, from a thread. Raises what it raises, and LedgerUnavailable while the portal stops."""
    answer = await run.io_bound(verb, *args, **kwargs)
    if answer is None:
        # NiceGUI answers None for work it no longer starts; none of our verbs does.
        raise LedgerUnavailable("The portal is restarting. Please try again in a moment.")
    return answer


async def recheck(portal: Portal, principal: Principal, action: Action, account_id: str | None = None) -> None:
    """The session still stands and its owner may still do this: a page stays open longer than permissions last."""
    authorize(await ask(still_valid, portal, principal), action, account_id)


def rest(gather: float, took: float) -> float:
    """How long changes gather before the next reading: an open page must not keep the database busy by itself."""
    return gather if took < SLOW_SECONDS else max(gather, min(REST * took, REST_MOST))


class _Follower:
    """Gathers what the bell says into one reading at a time."""

    def __init__(self, portal: Portal, principal: Principal, client: Client, reread: Reread, gather: float) -> None:
        self._portal, self._principal, self._client, self._reread = portal, principal, client, reread
        self._gather = gather
        self._loop = asyncio.get_running_loop()
        self._due = False
        self._running = False
        self._was_connected = False

    def hear(self, _account_id: str) -> None:
        """From any thread: passes the news to the page's loop."""
        with suppress(RuntimeError):  # the loop has ended, and the page with it
            self._loop.call_soon_threadsafe(self._wake)

    def connected(self) -> None:
        """The first time it has just been read; after that something may have been missed."""
        if self._was_connected:
            self._wake()
        self._was_connected = True

    def _wake(self) -> None:
        self._due = True
        if not self._running and not self._client.is_deleted:
            self._running = True
            _ = background_tasks.create(self._run(), name="follow an account")

    async def _run(self) -> None:
        gather = self._gather
        try:
            while self._due and not self._client.is_deleted:
                await asyncio.sleep(gather)
                self._due, began = False, self._loop.time()
                await self._read_again()
                gather = rest(self._gather, self._loop.time() - began)
        finally:
            self._running = False

    async def _read_again(self) -> None:
        with self._client:
            try:
                await ask(still_valid, self._portal, self._principal, is_click=False)
                await self._reread()
            except SignedOut:
                leave_to_sign_in(self._client)
            except ActsElsewhere:
                # built for another account, or for more than they may now: nothing of it may stay
                if LEAVING not in self._client.storage:
                    ui.navigate.reload()
            except ScripError as refused:
                log.warning("an open page could not read again", code=refused.code)
