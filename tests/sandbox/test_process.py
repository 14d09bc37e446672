"""The sandbox as a process: its ids and its undelivered events survive, its command line is clear."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.sandbox.conftest import NEW_SECRET, ROOT, Inbox, Sandbox, eventually

Begin = Callable[..., Sandbox]


def test_objects_keys_and_undelivered_events_survive_a_restart(begin: Begin, inbox: Inbox, tmp_path: Path) -> None:
    file = tmp_path / "deep" / "sandbox.json"
    hook = ["--state", str(file), "--webhook-url", inbox.url, "--webhook-secret", NEW_SECRET]
    first = begin(*hook, "--retry-after", "60")
    inbox.answers[:] = [500]
    customer = first.client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "once"})
    eventually(lambda: inbox.got)
    assert first.stop() == 0
    second = begin(*hook)
    assert second.client.v1.customers.retrieve(customer.id).name == "Ada"
    assert second.client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "once"}).id == customer.id
    eventually(lambda: len(inbox.got) == 2)
    assert len({event["id"] for event in inbox.events()}) == 1


def test_a_killed_process_loses_at_most_its_last_moment(begin: Begin, tmp_path: Path) -> None:
    file = tmp_path / "sandbox.json"
    first = begin("--state", str(file))
    customer = first.client.v1.customers.create({"name": "Ada"})
    eventually(lambda: file.exists() and customer.id in file.read_text())
    first.stop(signal.SIGKILL)
    assert begin("--state", str(file)).client.v1.customers.retrieve(customer.id).name == "Ada"


def test_the_state_file_holds_no_card_but_test_cards(begin: Begin, tmp_path: Path) -> None:
    file = tmp_path / "sandbox.json"
    sandbox = begin("--state", str(file))
    card = {"number": "4111111111111111", "exp_month": "12", "exp_year": "2034", "cvc": "987"}
    data = {"type": "card", **{f"card[{name}]": value for name, value in card.items()}}
    answer = sandbox.raw("POST", "/v1/payment_methods", data=data, headers={"Idempotency-Key": "once"})
    sandbox.stop()
    assert answer.status_code == 402
    assert card["number"] not in file.read_text()


def test_it_ends_within_a_second_even_while_a_webhook_hangs(begin: Begin, inbox: Inbox) -> None:
    sandbox = begin("--webhook-url", "http://127.0.0.1:9/nobody", "--webhook-secret", NEW_SECRET)
    sandbox.client.v1.customers.create({"name": "Ada"})
    began = time.monotonic()
    assert sandbox.stop() == 0
    assert time.monotonic() - began < 1.5


def test_a_taken_port_is_one_clear_line(begin: Begin) -> None:
    port = begin().url.rpartition(":")[2]
    command = [sys.executable, "-m", "sandbox", "--port", port]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [f"sandbox: cannot start on port {port}: [Errno 98] Address already in use"]


def test_a_live_key_is_refused() -> None:
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--secret-key", "sk_live_real"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, "test keys" in done.stderr) == (1, True)


def test_a_payment_is_paid_without_a_browser(sandbox: Sandbox) -> None:
    paid, refused, waiting = (sandbox.intent() for _ in range(3))
    assert sandbox.control(f"payments/{paid.id}/pay")["payment_intent"]["status"] == "succeeded"
    told = sandbox.control(f"payments/{refused.id}/pay", card="4000 0000 0000 9995")
    assert told["error"]["decline_code"] == "insufficient_funds"
    left = sandbox.control(f"payments/{waiting.id}/pay", card="4000002760003184", authentication="leave")
    assert left["payment_intent"]["status"] == "requires_action"
    again = sandbox.raw("POST", f"/_sandbox/payments/{paid.id}/pay", json={})
    assert (again.status_code, again.json()["error"]["code"]) == (400, "payment_intent_unexpected_state")


def test_the_controls_are_described(sandbox: Sandbox) -> None:
    described = sandbox.look("openapi.json")["paths"]
    assert {"/_sandbox/delivery", "/_sandbox/events/{event_id}/twin", "/_sandbox/reset"} <= described.keys()
    assert sandbox.look("health")["sandbox"] is True
    assert json.dumps(described).count('"summary"') == sum(len(methods) for methods in described.values())


def test_browser_files_are_served_and_nothing_else(sandbox: Sandbox) -> None:
    assert "globalThis.Stripe" in sandbox.raw("GET", "/endive/stripe.js").text
    for name in ("payment.html", "payment.js", "scenario.css"):
        assert sandbox.raw("GET", f"/_sandbox/browser/{name}").status_code == 200
    for name in ("..%2Fserver.py", "nothing.js", "stripe"):
        assert sandbox.raw("GET", f"/_sandbox/browser/{name}").status_code == 404
