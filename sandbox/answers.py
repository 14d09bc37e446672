"""What goes back over the wire, and what a fault makes of it. Made by `dispatch`, sent by `server`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

from sandbox.errors import Json, Refusal
from sandbox.faults import Fault, refusal, replaced

NOT_JSON = b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>\n"


@dataclass(frozen=True)
class Answer:
    """`broken` closes the line in place of an answer; `spoiled` is sent in place of the body."""

    status: int
    body: Json
    headers: dict[str, str] = field(default_factory=dict)
    broken: bool = False
    spoiled: bytes | None = None

    @property
    def content(self) -> bytes:
        if self.spoiled is not None:
            return self.spoiled
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()


def refused(trouble: Refusal, request_id: str) -> Answer:
    body = {"error": {**trouble.error, "request_log_url": f"https://dashboard.stripe.com/test/logs/{request_id}"}}
    return Answer(trouble.status, body, trouble.headers)


def suffered(answer: Answer, fault: Fault) -> Answer:
    """The answer as it arrives after this fault. What is kept for the idempotency key is not touched."""
    if fault.kind == "cut":
        return replace(answer, broken=True)
    if fault.kind == "error" and fault.after and fault.keep == "result":
        failed = refused(refusal(str(fault.status), should_retry=fault.should_retry), answer.headers["request-id"])
        return replace(failed, headers={**answer.headers, **failed.headers})
    if fault.kind == "not_json":
        return replace(answer, spoiled=NOT_JSON)
    if fault.kind == "half":
        return replace(answer, spoiled=answer.content[: len(answer.content) // 2])
    if fault.kind == "replace" and answer.status < 300:
        return replace(answer, body=replaced(answer.body, fault.field.split("."), fault.value))
    return answer
