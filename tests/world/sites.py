"""A small site on loopback, for what a browser or a client needs beside the portal. Any test may open one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[str], tuple[str | None, Mapping[str, str]]]
"""What stands at a path with its query: HTML and headers.

None instead of HTML: nothing, which is no fault; a browser would complain of a page that it misses.
"""


@contextmanager
def open_site(answer: Answer) -> Iterator[str]:
    """Its address, without a slash at the end."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body, headers = answer(self.path)
            self.send_response(204 if body is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write((body or "").encode())

    with serving(Door) as address:
        yield address


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address at which the handler answers meanwhile, each request in a thread of its own and without a word."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Quiet", (handler,), {"log_message": _say_nothing}))
    # how often it looks whether it shall end, in seconds: half of one unless told
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def _say_nothing(*_: Any) -> None:
    """Instead of a line for each request."""
