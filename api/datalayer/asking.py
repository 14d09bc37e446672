"""What all Datalayer doors share: whose account is meant, how bodies are read, how answers are written.

Their clients send more than is needed and read plain JSON numbers; refusals must carry `success` and `message`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any

from fastapi import Query
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from api import bodies
from api.asking import account_of, portal_of
from api.bodies import ACCOUNT_PATTERN, Fields
from auth.policy import Action, Principal, authorize
from billing.rules.errors import BadInput, ScripError
from billing.rules.money import Credits

ACCOUNT_NAMES = ("account_uid", "billable_account_uid")


class ScopeQuery(BaseModel):
    """The account in the query, as these clients name it. Its kind is taken for their sake; the id says enough."""

    billable_account_uid: str = Field(default="", pattern=f"^$|{ACCOUNT_PATTERN}", description="Left out: the own one.")
    billable_account_kind: str = Field(default="", max_length=40)


Scope = Annotated[ScopeQuery, Query()]


class DatalayerRoute(APIRoute):
    """A route whose refusals also say what these clients look for: `success` and `message`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, with the two fields laid into whatever it refuses."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except ScripError as refused:
                refused.details.update(success=False, message=refused.sentence)
                raise

        return handled


def scope_of(principal: Principal, action: Action, *named: object) -> str:
    """The account that is meant, if the asker may. Raises BadInput, NotFound, Forbidden."""
    given = {bodies.account(each) for each in named if each not in (None, "")}
    if len(given) > 1:
        raise BadInput("Two different accounts are named.", field=ACCOUNT_NAMES[0])
    asked = account_of(principal, given.pop() if given else None)
    authorize(principal, action, asked)
    return asked


def named_in(found: Fields) -> tuple[object, ...]:
    """Every account a body names."""
    return tuple(found.get(name) for name in ACCOUNT_NAMES)


async def body(request: Request, *, may_be_empty: bool = False) -> Fields:
    """The body's fields. These clients send fields of their own; what nobody asks for is not looked at."""
    raw = await bodies.read(request, portal_of(request).settings.api.body_limit_bytes)
    return {} if may_be_empty and not raw.strip() else bodies.loose(raw)


def answer(told: Mapping[str, Any]) -> Response:
    """A success. Credits become JSON numbers written digit by digit: none was ever a float."""
    return Response(_written({"success": True, **told}), media_type="application/json")


def _written(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(name)}:{_written(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_written(each) for each in value) + "]"
    return str(value) if isinstance(value, Credits) else json.dumps(value)
