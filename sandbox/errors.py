"""Refusals in Stripe's error envelope. Any file of the sandbox may raise one; only `dispatch` turns it into HTTP.

Refusal
  invalid        400  a parameter is wrong, or the object is in another state
  unauthorized   401  no key, or a key that is not ours
  missing        404  the object in the path does not exist (400 when it was named by a parameter)
  declined       402  the card said no
  not_done       501  Stripe can do it, this sandbox cannot
  unknown_route  404  Stripe has no such address either
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

DOCS = "https://stripe.com/docs/error-codes/"


class Refusal(Exception):
    """An answer other than 200. `counted` says whether work had begun, which is what idempotency remembers."""

    def __init__(
        self, status: int, error: Json, *, counted: bool = True, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(error.get("message", ""))
        self.status = status
        self.error = {name: value for name, value in error.items() if value is not None}
        self.counted = counted
        self.headers = headers or {}
        if "code" in self.error:
            self.error.setdefault("doc_url", DOCS + str(self.error["code"]).replace("_", "-"))


def invalid(message: str, param: str | None = None, code: str | None = None, **more: Any) -> Refusal:
    """The request cannot be carried out as it stands."""
    return Refusal(400, {"type": "invalid_request_error", "code": code, "message": message, "param": param, **more})


def malformed(message: str, param: str, code: str | None = None) -> Refusal:
    """A parameter failed its check before any work began, so Stripe does not remember the idempotency key."""
    body = {"type": "invalid_request_error", "code": code, "message": message, "param": param}
    return Refusal(400, body, counted=False)


def missing(noun: str, object_id: str, param: str, status: int = 404) -> Refusal:
    """No such object. Stripe answers 404 for the path and 400 for a parameter that names one."""
    message = f"No such {noun}: '{object_id}'"
    return Refusal(
        status, {"type": "invalid_request_error", "code": "resource_missing", "message": message, "param": param}
    )


def unauthorized(message: str) -> Refusal:
    return Refusal(401, {"type": "invalid_request_error", "message": message}, counted=False)


def secret_key_required() -> Refusal:
    message = "This API call cannot be made with a publishable API key. Please use a secret API key."
    body = {"type": "invalid_request_error", "code": "secret_key_required", "message": message}
    return Refusal(403, body, counted=False)


def not_done(what: str) -> Refusal:
    """Known to Stripe, not built here. Never an invented success."""
    body = {"type": "api_error", "message": f"This sandbox does not do {what}."}
    return Refusal(501, body, counted=False, headers={"Stripe-Should-Retry": "false"})


def unknown_route(method: str, path: str) -> Refusal:
    message = (
        f"Unrecognized request URL ({method}: {path}). If you are trying to list objects, remove the trailing slash. "
        "If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code."
    )
    return Refusal(404, {"type": "invalid_request_error", "message": message}, counted=False)
