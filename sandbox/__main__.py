"""The command `python -m sandbox`: reads its arguments, takes the port and runs until it is told to stop."""

from __future__ import annotations

import argparse
import signal
import socket
import sys
from pathlib import Path

import uvicorn

from sandbox.delivery import Endpoint
from sandbox.keys import Keys
from sandbox.machine import Machine
from sandbox.server import build


def main(arguments: list[str] | None = None) -> int:
    """0 after a quiet end, 1 with one line on standard error when it cannot start."""
    options = _parser().parse_args(arguments)
    line = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        line.bind(("127.0.0.1", options.port))
        line.listen(1024)
        machine = _machine(options)
    except (OSError, ValueError) as trouble:
        print(f"sandbox: cannot start on port {options.port}: {trouble}", file=sys.stderr)
        return 1
    config = uvicorn.Config(
        build(machine), log_level="warning", access_log=False, timeout_graceful_shutdown=1, server_header=False
    )
    # uvicorn raises the signal again once it has stopped; these keep that second one from ending us before exit.
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: None)
    print(f"sandbox ready at http://127.0.0.1:{line.getsockname()[1]}", flush=True)
    uvicorn.Server(config).run(sockets=[line])
    return 0


def _machine(options: argparse.Namespace) -> Machine:
    if not options.secret_key.startswith("sk_test_") or not options.publishable_key.startswith("pk_test_"):
        msg = "the keys must be test keys (sk_test_..., pk_test_...)"
        raise ValueError(msg)
    return Machine(
        keys=Keys(options.secret_key, options.publishable_key),
        endpoint=Endpoint(options.webhook_url, tuple(options.webhook_secret)),
        state_file=options.state,
        pauses=tuple(options.retry_after) if options.retry_after else None,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A local Stripe for demos and tests.")
    parser.add_argument("--port", type=int, default=12111, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--webhook-url", help="where events are posted; without it they are only kept")
    parser.add_argument("--webhook-secret", action="append", default=[], help="signs events; may be given twice")
    parser.add_argument("--secret-key", default="sk_test_sandbox", help="the key the portal uses")
    parser.add_argument("--publishable-key", default="pk_test_sandbox", help="the key the browser uses")
    parser.add_argument("--state", type=Path, help="file that keeps the account over a restart")
    parser.add_argument(
        "--retry-after", type=float, action="append", help="seconds before a further try; may be given several times"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
