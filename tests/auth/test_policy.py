"""The policy, cell by cell: every principal, every action, every kind of account, against the table written here."""

from __future__ import annotations

from itertools import product

import pytest

from auth.policy import Action, Principal, Role, authorize, may
from billing.rules.errors import Forbidden, NotFound, ScripError, SignedOut
from billing.rules.organisations import Standing

OWN, OTHER = "acc_own", "acc_other"

PRINCIPALS: dict[str, Principal | None] = {
    "nobody": None,
    "user": Principal("usr_1", "Ada", Role.USER, OWN, "session"),
    "manager": Principal("usr_2", "Mia", Role.MANAGER, OWN, "session"),
    "billing manager": Principal("usr_3", "Ben", Role.BILLING_MANAGER, OWN, "session"),
    "manager key": Principal("key_1", "Ops", Role.MANAGER, None),
    "program of one account": Principal("key_2", "App", Role.PROGRAM, OWN),
    "program of all accounts": Principal("key_3", "Meter", Role.PROGRAM, None),
    "owner there": Principal("usr_4", "Ada", Role.USER, OWN, "s", None, "acc_home", Standing.OWNER),
    "admin there": Principal("usr_5", "Bo", Role.USER, OWN, "s", None, "acc_home", Standing.ADMIN),
    "member there": Principal("usr_6", "Cy", Role.USER, OWN, "s", None, "acc_home", Standing.MEMBER),
    "manager, a member there": Principal("usr_7", "Mia", Role.MANAGER, OWN, "s", None, "acc_home", Standing.MEMBER),
    "reader of one account": Principal("key_4", "Books", Role.READER, OWN),
}
OBJECTS = {"own": OWN, "other": OTHER, "unnamed": None}

# y allowed, f forbidden (the role is named), h hidden (as if there were no such account), o signed out
#                  own other unnamed, for each principal in the order above
TABLE = """
view_account       ooo  yhy  yyy  yyy  yyy  yhy  yyy  yhy  yhy  yhy  yyy  yhy
buy                ooo  yhy  yhy  yhy  hhy  yhy  yyy  yhy  yhy  fhf  fhf  fff
buy_for_others     ooo  fff  yyy  yyy  yyy  yhy  yyy  fff  fff  fff  fff  fff
export             ooo  yhy  yyy  yyy  yyy  fff  fff  yhy  yhy  yhy  yyy  yhy
debit_usage        ooo  fff  fff  fff  fff  yhy  yyy  fff  fff  fff  fff  fff
revert_usage       ooo  fff  yyy  yyy  yyy  yhy  yyy  fff  fff  fff  yyy  fff
take_places        ooo  fff  fff  fff  fff  yhy  yyy  fff  fff  fff  fff  fff
search_accounts    ooo  fff  yyy  yyy  yyy  fff  fff  fff  fff  fff  yyy  fff
adjust_credits     ooo  fff  yyy  yyy  yyy  fff  fff  fff  fff  fff  yyy  fff
set_credit_limit   ooo  fff  yyy  yyy  yyy  fff  fff  fff  fff  fff  yyy  fff
register_customer  ooo  fff  yyy  yyy  yyy  fff  fff  fff  fff  fff  yyy  fff
view_inbox         ooo  fff  yyy  yyy  yyy  fff  fff  fff  fff  fff  yyy  fff
replay_event       ooo  fff  yyy  fff  yyy  fff  fff  fff  fff  fff  yyy  fff
found_organisation ooo  yhy  yhy  yhy  hhy  fff  fff  yhy  yhy  yhy  yhy  fff
found_for_others   ooo  fff  yyy  yyy  yyy  yhy  yyy  fff  fff  fff  yyy  fff
view_members       ooo  yhy  yyy  yyy  yyy  yhy  yyy  yhy  yhy  yhy  yyy  fff
manage_members     ooo  yhy  yyy  yyy  yyy  yhy  yyy  yhy  yhy  fhf  yyy  fff
set_alerts         ooo  yhy  yhy  yhy  hhy  fff  fff  yhy  yhy  fhf  fhf  fff
manage_keys        ooo  yhy  yhy  yhy  hhy  fff  fff  yhy  yhy  fhf  fhf  fff
view_audit         ooo  fff  yyy  yyy  yyy  fff  fff  fff  fff  fff  yyy  fff
view_as_customer   ooo  fff  yyy  yyy  yyy  fff  fff  fff  fff  fff  yyy  fff
view_insights      ooo  fff  yyy  yyy  yyy  fff  fff  fff  fff  fff  yyy  fff
view_all_usage     ooo  yhy  yyy  yyy  yyy  yhy  yyy  yhy  yhy  fhf  yyy  yhy
"""
ANSWERS: dict[str, type[ScripError] | None] = {"y": None, "f": Forbidden, "h": NotFound, "o": SignedOut}
ROWS = {words[0]: words[1:] for words in map(str.split, TABLE.strip().splitlines())}
CELLS = [
    (who, action, whose, ANSWERS[ROWS[action][column][place]])
    for action in ROWS
    for (column, who), (place, whose) in product(enumerate(PRINCIPALS), enumerate(OBJECTS))
]


def test_the_table_names_every_action() -> None:
    assert set(ROWS) == {action.value for action in Action}


@pytest.mark.parametrize(("who", "action", "whose", "refusal"), CELLS)
def test_the_policy_is_the_table(who: str, action: str, whose: str, refusal: type[ScripError] | None) -> None:
    principal = PRINCIPALS[who]
    assert may(principal, Action(action), OBJECTS[whose]) is (refusal is None)
    if refusal is None:
        assert authorize(principal, Action(action), OBJECTS[whose]) is principal
    else:
        with pytest.raises(refusal):
            authorize(principal, Action(action), OBJECTS[whose])


@pytest.mark.parametrize(
    ("who", "action", "needed"),
    [
        ("user", Action.VIEW_AUDIT, "billing manager; yours is user"),
        ("billing manager", Action.REPLAY_EVENT, "manager; yours is billing manager"),
        ("user", Action.DEBIT_USAGE, "program; yours is user"),
        ("reader of one account", Action.BUY_FOR_OTHERS, "program; yours is reader"),
        ("program of all accounts", Action.VIEW_INBOX, "billing manager; yours is program"),
    ],
)
def test_a_refusal_names_the_smallest_role_that_would_do_and_whom_to_ask(who: str, action: Action, needed: str) -> None:
    with pytest.raises(Forbidden) as refused:
        authorize(PRINCIPALS[who], action)
    assert str(refused.value.sentence) == f"This needs at least the role {needed}. Ask a manager of this portal."


def test_a_member_is_told_to_ask_an_owner() -> None:
    with pytest.raises(Forbidden, match="Ask one of them"):
        authorize(PRINCIPALS["member there"], Action.BUY)


def test_somebody_elses_account_is_refused_in_the_words_for_one_that_is_not_there() -> None:
    """The verb says the same of an id nobody has: nobody can learn which accounts exist."""
    with pytest.raises(NotFound, match="There is no such account"):
        authorize(PRINCIPALS["user"], Action.VIEW_ACCOUNT, OTHER)
