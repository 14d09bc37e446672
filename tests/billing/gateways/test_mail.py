"""Mail leaves as a file or by a mail server: whole, recognisable, and with nobody's text in its head."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest

from billing.gateways.mail import mailer_of
from billing.gateways.mail_message import Mailer
from billing.rules.errors import BadInput, GatewayUnavailable, Undeliverable
from billing.rules.mail import Letter, Mailbox, address, mailbox, one_line
from billing.rules.moments import DAY
from billing.settings import load_settings
from tests.world.postbox import PASSWORD, Postbox, postbox, read, trusting

ODD = '"><b>Ada</b>\r\nBcc: eve@example.org\u202e'


def letter(
    name: str = "Ada", to: str = "ada@example.org", subject: str = "Fewer credits", id_: str = "out_1"
) -> Letter:
    return Letter(id_, Mailbox(name, to), subject, "Only ten are left.\n", "<p>Only ten are left.</p>", 20_000 * DAY)


def by_file(folder: Path) -> Mailer:
    made = mailer_of(load_settings({"SCRIP_MAIL__FOLDER": str(folder), "SCRIP_MAIL__SENDER": "Scrip <s@example.org>"}))
    assert made is not None
    return made


def by_server(box: Postbox, trust: ssl.SSLContext | None = None, **more: str) -> Mailer:
    told = {"HOST": "127.0.0.1", "PORT": str(box.port), "SECURITY": "none", "SENDER": "Scrip <s@example.org>"} | more
    made = mailer_of(load_settings({f"SCRIP_MAIL__{name}": value for name, value in told.items()}), trust)
    assert made is not None
    return made


def test_a_letter_becomes_a_file_that_mail_programs_read(tmp_path: Path) -> None:
    mailer = by_file(tmp_path / "mail")
    mailer.send(letter())
    mail = read((tmp_path / "mail" / "out_1.eml").read_bytes())
    assert (mail["From"], mail["To"], mail["Subject"]) == (
        "Scrip <s@example.org>", "Ada <ada@example.org>", "Fewer credits",
    )  # fmt: skip
    assert (mail["Message-ID"], mail["Auto-Submitted"]) == ("<out_1@localhost>", "auto-generated")
    bodies = {part.get_content_type(): part.get_content().strip() for part in mail.iter_parts()}
    assert bodies == {"text/plain": "Only ten are left.", "text/html": "<p>Only ten are left.</p>"}


def test_the_same_letter_twice_is_one_file_and_one_message_id(tmp_path: Path) -> None:
    mailer = by_file(tmp_path)
    mailer.send(letter())
    mailer.send(letter())
    assert [path.name for path in tmp_path.iterdir()] == ["out_1.eml"]
    assert (tmp_path / "out_1.eml").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("by", ["file", "server"])
def test_a_name_or_subject_cannot_add_a_line_to_the_head(tmp_path: Path, by: str) -> None:
    with postbox() as box:
        (by_file(tmp_path) if by == "file" else by_server(box)).send(letter(name=ODD, subject=ODD))
        mail = box.mails[0] if by == "server" else read(next(tmp_path.iterdir()).read_bytes())
        rest = [line for line in box.said if line.upper().startswith("RCPT")]
    assert mail["Bcc"] is None
    assert len(mail["To"].addresses) == 1
    assert mail["To"].addresses[0].addr_spec == "ada@example.org"
    assert mail["Subject"] == '"><b>Ada</b> Bcc: eve@example.org'
    assert len(rest) == (1 if by == "server" else 0)


@pytest.mark.parametrize(
    "odd",
    ["", "@", "a b@c.d", "a@b\r\nRCPT TO:<eve@x.y>", "a@b>", "a..b@c.d", "ü@example.org", "a@" + "b" * 300, "a,b@c.d"],
)
def test_what_is_no_address_is_refused(odd: str) -> None:
    with pytest.raises(BadInput):
        address(odd)


def test_addresses_and_mailboxes_are_read_as_they_are_written() -> None:
    assert mailbox('"Scrip, the portal" <s@example.org>') == Mailbox("Scrip, the portal", "s@example.org")
    assert mailbox("root@localhost") == Mailbox("", "root@localhost")
    assert address("ada@müller.example") == "ada@xn--mller-kva.example"
    assert one_line("a\n b\u2028c\u200bd " + "x" * 500).startswith("a b c d xxx")


def test_a_server_is_told_who_we_are_over_a_way_that_is_secured() -> None:
    with postbox(tls=True) as box:
        by_server(box, trusting(), SECURITY="starttls", USER="scrip", PASSWORD=PASSWORD).send(letter())
        assert box.users == ["scrip"]
        assert [mail["Subject"] for mail in box.mails] == ["Fewer credits"]
        assert box.said.index("STARTTLS") < next(i for i, line in enumerate(box.said) if line.startswith("AUTH"))


def test_a_server_whose_certificate_nobody_knows_gets_neither_password_nor_letter() -> None:
    with postbox(tls=True) as box:
        with pytest.raises(GatewayUnavailable):
            by_server(box, SECURITY="starttls", USER="scrip", PASSWORD=PASSWORD).send(letter())
        assert (box.users, box.letters) == ([], [])


def test_a_server_without_security_gets_nothing_when_it_was_asked_for() -> None:
    with postbox() as box:
        with pytest.raises(GatewayUnavailable):
            by_server(box, SECURITY="starttls").send(letter())
        assert box.letters == []


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"RCPT": 550}, Undeliverable), ({"RCPT": 450}, GatewayUnavailable), ({"DATA": 554}, Undeliverable),
        ({"DATA": 452}, GatewayUnavailable), ({"MAIL": 553}, GatewayUnavailable),
        ({"EHLO": 421, "HELO": 421}, GatewayUnavailable),
    ],
)  # fmt: skip
def test_a_refusal_is_for_good_or_for_now_as_the_server_says(answers: dict[str, int], error: Any) -> None:
    with postbox() as box:
        box.answers = answers
        with pytest.raises(error):
            by_server(box).send(letter())


def test_a_wrong_password_keeps_the_letter_for_later() -> None:
    with postbox() as box, pytest.raises(GatewayUnavailable):
        by_server(box, USER="scrip", PASSWORD="wrong").send(letter())


def test_an_unfriendly_goodbye_does_not_send_the_letter_again() -> None:
    with postbox() as box:
        box.answers = {"QUIT": 500}
        by_server(box).send(letter())
        assert len(box.letters) == 1


def test_a_server_that_is_gone_after_the_letter_gets_it_again_under_the_same_id() -> None:
    with postbox() as box:
        box.hangs_up = True
        with pytest.raises(GatewayUnavailable):
            by_server(box).send(letter())
        box.hangs_up = False
        by_server(box).send(letter())
        assert {mail["Message-ID"] for mail in box.mails} == {"<out_1@localhost>"}
        assert len(box.letters) == 2


def test_nobody_listening_and_a_folder_that_cannot_be_are_told_as_trouble_that_passes(tmp_path: Path) -> None:
    with pytest.raises(GatewayUnavailable):
        by_server(Postbox(port=9)).send(letter())
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(GatewayUnavailable):
        by_file(tmp_path / "taken").send(letter())
