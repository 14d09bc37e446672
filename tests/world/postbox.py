"""A mail server on this machine that keeps what it is handed, and misbehaves as a test wants. Any test may use it."""

from __future__ import annotations

import base64
import datetime
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PASSWORD = "a password for letters"


@dataclass
class Postbox:
    """What the server got, and how it answers. `answers` are codes by command; `hangs_up` after a letter is taken."""

    port: int = 0
    letters: list[bytes] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    hangs_up: bool = False
    secured: ssl.SSLContext | None = None

    @property
    def mails(self) -> list[EmailMessage]:
        """The letters as mail programs read them."""
        return [read(each) for each in self.letters]


def read(raw: bytes) -> EmailMessage:
    """A mail program's view of a letter."""
    found = message_from_bytes(raw, policy=default)
    assert isinstance(found, EmailMessage)
    return found


@contextmanager
def postbox(*, tls: bool = False) -> Iterator[Postbox]:
    """A running mail server on a port of its own."""
    box = Postbox(secured=_certified() if tls else None)

    class Talk(_Talk):
        server_box = box

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk) as server:
        server.daemon_threads = True
        box.port = int(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield box
        server.shutdown()
        thread.join(5)


def trusting() -> ssl.SSLContext:
    """What a client needs to believe the server's certificate."""
    context = ssl.create_default_context()
    context.load_verify_locations(cadata=_certificate()[0].decode())
    return context


class _Talk(socketserver.StreamRequestHandler):
    """One connection, line by line, as RFC 5321 has it."""

    server_box: Postbox

    def handle(self) -> None:
        box = self.server_box
        self._say(220, "here")
        while line := self.rfile.readline().decode("utf-8", "replace").rstrip("\r\n"):
            box.said.append(line)
            verb = line.split(" ", 1)[0].upper()
            if verb in box.answers:
                self._say(box.answers[verb], "as the test wants")
            elif verb == "EHLO":
                self._greet(box)
            elif verb == "STARTTLS" and box.secured is not None:
                self._say(220, "go ahead")
                self._secure(box.secured)
            elif verb == "AUTH":
                self._let_in(box, line)
            elif verb == "DATA":
                if not self._take(box):
                    return
            else:
                self._say(221 if verb == "QUIT" else 250, "fine")
            if verb == "QUIT":
                return

    def finish(self) -> None:
        super().finish()
        self.request.close()  # the secured one; the server closes the plain one it began with

    def _greet(self, box: Postbox) -> None:
        extensions = ["250-AUTH PLAIN", "250-STARTTLS"] if box.secured is not None else ["250-AUTH PLAIN"]
        self.wfile.write("\r\n".join(["250-here", *extensions, "250 SIZE 1000000", ""]).encode())

    def _secure(self, context: ssl.SSLContext) -> None:
        try:
            self.request = context.wrap_socket(self.request, server_side=True)
        except ssl.SSLError:  # the client did not believe us
            return
        self.setup()

    def _let_in(self, box: Postbox, line: str) -> None:
        _, user, password = base64.b64decode(line.rpartition(" ")[2]).decode().split("\0")
        if password == PASSWORD:
            box.users.append(user)
        self._say(235 if password == PASSWORD else 535, "that is the password" if password == PASSWORD else "it is not")

    def _take(self, box: Postbox) -> bool:
        self._say(354, "go on")
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        box.letters.append(b"".join(lines))
        if box.hangs_up:
            return False
        self._say(250, "taken")
        return True

    def _say(self, code: int, text: str) -> None:
        self.wfile.write(f"{code} {text}\r\n".encode())


def _certified() -> ssl.SSLContext:
    certificate, key = _certificate()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        path = Path(folder, "both.pem")
        path.write_bytes(certificate + key)
        context.load_cert_chain(path)
    return context


@cache
def _certificate() -> tuple[bytes, bytes]:
    """A certificate of this machine that nobody knows, and its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return made.public_bytes(serialization.Encoding.PEM), key.private_bytes(*plain)
