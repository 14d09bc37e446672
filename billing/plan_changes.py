"""Changes of plans: asked for after a preview, now or when the period ends, and taken back. Pages and doors call it.

Whoever confirms a preview gets what it showed or is told to look again. The change is written down before the provider
is asked, and believed only after the subscription was read anew.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, replace

from billing.gateways.changing import Change
from billing.plan_previews import Ground, look, preview, preview_at, read_anew, wanted_items
from billing.portal import Portal
from billing.rules.errors import Conflict, GatewayUnavailable, KeyReused, Refused
from billing.rules.moments import MINUTE
from billing.rules.plan_changes import OFFER_CHANGED, VALID_FOR, ChangePreview, When, Wish, moment_of
from billing.rules.plan_offers import held
from billing.rules.sentences import sentence, together
from billing.rules.subscriptions import Subscription
from billing.store import audit
from billing.store import plan_changes as rows
from billing.store.plan_changes import ASKED, DONE, REFUSED, PlanChange
from billing.store.writer import Tx

__all__ = ["ChangePreview", "When", "Wish", "change", "preview", "undo"]

CHANGED, WAITS, UNDONE = "plan.changed", "plan.change_waits", "plan.change_undone"
GIVEN_UP = VALID_FOR + MINUTE
LOOKS = 40
LOOK_AGAIN = 0.2  # not money: seconds
MOVING = sentence("This plan is being changed in another window. Please look again.")


def change(portal: Portal, account_id: str, wish: Wish, as_previewed: str, *, by: str = "system") -> Subscription:
    """Makes the change that the preview of this token showed, or none; the same token again asks no second time.

    One whose payment the bank wants confirmed is `pending` afterwards, until it is paid or given up.
    Raises Conflict when the preview is too old or shows what is not so any more, what `preview` raises, and
    PaymentRefused when the payment failed: then nothing has changed.
    """
    moment = moment_of(as_previewed, portal.clock())
    ground = look(portal, account_id)
    asked = _ended(portal, _ask(portal, account_id, wish, as_previewed, ground, by))
    if asked.state == REFUSED:
        raise Conflict(together(asked.outcome, sentence("Please look again before you confirm.")))
    if asked.state == DONE:
        return read_anew(portal, account_id)[0]
    # Whoever goes on for another looks at what that one left.
    return _carry_out(portal, wish, ground if asked.is_new else look(portal, account_id), moment, asked)


def undo(portal: Portal, account_id: str, *, by: str = "system") -> Subscription:
    """Takes back what is planned for the end of the period. Raises NotFound, Conflict (nothing is planned),
    GatewayUnavailable.
    """
    found, _, _ = read_anew(portal, account_id)
    if found.planned is None or found.schedule_ref is None:
        raise Conflict("No change of this plan is planned.")
    portal.gateway.drop_planned(found.schedule_ref, f"undo:{found.schedule_ref}")
    after, _, _ = read_anew(portal, account_id)
    if after.planned is not None:
        raise Conflict(MOVING)
    portal.till.write(lambda tx: _audit(tx, account_id, by, UNDONE, portal.clock()))
    return after


def _ask(portal: Portal, account_id: str, wish: Wish, token: str, ground: Ground, by: str) -> PlanChange:
    """The row of this change. Raises Conflict while another change of the subscription is under way."""
    now, plain = portal.clock(), {name: value for name, value in asdict(wish).items() if value is not None}
    made = PlanChange(rows.new_change_id(), account_id, ground.subscription.id, token, plain, by, ASKED, now)
    found = portal.till.write(lambda tx: rows.ask(tx, made, now - GIVEN_UP))
    if found is None:
        raise Conflict(MOVING)
    if (found.account_id, found.wish) != (account_id, plain):
        raise KeyReused("This preview was of another change.")
    return replace(found, is_new=found.id == made.id)


def _ended(portal: Portal, asked: PlanChange) -> PlanChange:
    """The change as its first confirmation left it: who confirms the same at the same moment waits for that one.

    One that got no answer waits for nobody; after one that says nothing for long, as after a crash, we go on.
    """
    for _ in range(LOOKS):
        if asked.is_new or asked.state != ASKED or asked.outcome:
            break
        time.sleep(LOOK_AGAIN)
        with portal.database.read() as connection:
            asked = rows.by_token(connection, asked.token) or asked
    return asked


def _carry_out(portal: Portal, wish: Wish, ground: Ground, moment: int, asked: PlanChange) -> Subscription:
    """Asks the provider. Without an answer nobody knows, so the row waits for whoever confirms once more."""
    try:
        wanted = _as_shown(portal, wish, ground, moment, asked)
        if wanted is not None:
            act = portal.gateway.change_now if wish.when is When.NOW else portal.gateway.change_later
            act(wanted, asked.id)
        found = read_anew(portal, asked.account_id)[0]
    except GatewayUnavailable:
        portal.till.write(lambda tx: rows.unanswered(tx, asked.id))
        raise
    except Refused as refused:
        why = refused.sentence
        portal.till.write(lambda tx: rows.finish(tx, asked.id, REFUSED, why, portal.clock()))
        raise
    action = CHANGED if found.pending is None else WAITS
    portal.till.write(lambda tx: _done(tx, asked, action, portal.clock()))
    return found


def _as_shown(portal: Portal, wish: Wish, ground: Ground, moment: int, asked: PlanChange) -> Change | None:
    """The change, when everything is still as it was shown; None when it was made already and its answer was lost."""
    try:
        seen, wanted = preview_at(portal, asked.account_id, wish, ground, moment)
    except GatewayUnavailable:
        if asked.is_new:
            portal.till.write(lambda tx: rows.forget(tx, asked.id))
        raise
    except Refused:
        if not _is_made(portal, ground, wish, asked):
            raise
        return None
    if seen.token != asked.token:
        raise Conflict(OFFER_CHANGED)
    return wanted


def _is_made(portal: Portal, ground: Ground, wish: Wish, asked: PlanChange) -> bool:
    """Whether an earlier try got through. Of a change at once the last step may be missing: what was planned goes."""
    had = ground.subscription
    items = wanted_items(ground, wish)
    if asked.is_new or items is None:
        return False
    if wish.when is When.PERIOD_END:
        return had.planned is not None and sorted(had.planned.items) == sorted(items)
    if had.pending is not None and sorted(had.pending.items) == sorted(items):
        return True
    if sorted(held(had)) != sorted(items) or had.status == "trialing":
        return False
    if had.schedule_ref is not None:
        portal.gateway.drop_planned(had.schedule_ref, asked.id)
    return True


def _done(tx: Tx, asked: PlanChange, action: str, now: int) -> None:
    if rows.finish(tx, asked.id, DONE, "", now):
        _audit(tx, asked.account_id, asked.actor, action, now, json.dumps(asked.wish, sort_keys=True))


def _audit(tx: Tx, account_id: str, by: str, action: str, now: int, after: str | None = None) -> None:
    audit.add(tx, actor=by, action=action, now=now, account_id=account_id, after=after)
    tx.changed.add(account_id)
