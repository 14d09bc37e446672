"""What the portal refuses about mail, and which way mail takes when little is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from billing.settings import load_settings
from tests.billing.settings_papers import refusal
from tests.billing.test_settings_refusals import READY, TEST

SERVER = {"SCRIP_MAIL__HOST": "mail.example.org", "SCRIP_MAIL__SENDER": "Scrip <s@example.org>"}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"SCRIP_MAIL__TRANSPORT": "smtp"}, "half configured: transport is smtp, so set host as well"),
        ({"SCRIP_MAIL__HOST": "mail.example.org"}, "half configured: set sender as well"),
        (SERVER | {"SCRIP_MAIL__USER": "scrip"}, "user and password belong together"),
        (SERVER | {"SCRIP_MAIL__PASSWORD": "SECRETVALUE"}, "user and password belong together"),
        ({"SCRIP_MAIL__USER": "scrip", "SCRIP_MAIL__PASSWORD": "SECRETVALUE"}, "user is set but there is no host"),
        (SERVER | {"SCRIP_MAIL__TRANSPORT": "none"}, "host is set although transport is none"),
        (SERVER | {"SCRIP_MAIL__SECURITY": "none"}, "security is none, which is for this machine only"),
        (SERVER | {"SCRIP_MAIL__SECURITY": "tls"}, "mail.security"),
        ({"SCRIP_MAIL__SENDER": "Scrip <s@x>\r\nBcc: eve@example.org"}, "mail.sender"),
        ({"SCRIP_MAIL__SENDER": "nobody"}, "mail.sender"),
        ({"SCRIP_MAIL__TEMPLATES": "no/such/folder"}, "which is no folder"),
        ({"SCRIP_MAIL__TRANSPORT": "file"}, "file in production, where nobody would get any mail"),
        ({"SCRIP_ALERTS__LOW_BALANCE": "few"}, "alerts.low_balance"),
        ({"SCRIP_ALERTS__EXPIRY_DAYS": "-1"}, "alerts.expiry_days"),
    ],
)
def test_mail_that_is_half_configured_is_refused_in_one_line(changes: dict[str, str], line: str) -> None:
    told = refusal(READY | changes)
    assert line in told
    assert "SECRETVALUE" not in told


@pytest.mark.parametrize(
    ("env", "way"),
    [
        ({}, "file"),
        (TEST, "none"),
        (READY, "none"),
        (READY | SERVER, "smtp"),
        ({"SCRIP_MAIL__TRANSPORT": "none"}, "none"),
    ],
)
def test_play_keeps_mail_in_a_folder_and_a_real_portal_sends_none_unasked(env: dict[str, str], way: str) -> None:
    settings = load_settings(env)
    assert settings.mail.by(is_play=settings.is_play) == way


def test_the_usual_port_follows_from_the_security_and_templates_are_a_folder(tmp_path: Path) -> None:
    found = load_settings(READY | SERVER | {"SCRIP_MAIL__TEMPLATES": str(tmp_path)}).mail
    assert (found.server_port, found.mailbox.address) == (587, "s@example.org")
    assert load_settings(READY | SERVER | {"SCRIP_MAIL__SECURITY": "ssl"}).mail.server_port == 465
    assert load_settings(READY | SERVER | {"SCRIP_MAIL__PORT": "2525"}).mail.server_port == 2525
