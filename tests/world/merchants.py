"""Stripe accounts of tests: a sandbox process whose key looks like Stripe's own, and the settings that lead to it.

The settings are in test mode, not in sandbox mode, for what is tried is how a real account is prepared.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe
from pydantic import SecretStr

from billing import doctor, setup
from billing.gateways.preparation import Prepared, Step
from billing.gateways.stripe_setup import StripeSetup
from billing.rules.moments import SECOND, system_clock
from billing.settings import Settings, load_settings
from billing.setup import Installation

KEY = "sk_test_51OfTheseTests"
PUBLIC = "https://credits.example.org"
ENVIRONMENT = {
    "SCRIP_STRIPE__API_KEY": KEY,
    "SCRIP_STRIPE__PUBLISHABLE_KEY": "pk_test_51OfTheseTests",
    "SCRIP_STRIPE__MAX_RETRIES": "0",
    "SCRIP_PUBLIC_URL": PUBLIC,
    "SCRIP_SESSION__SECRET": "0123456789abcdefghijklmnopqrstuvwxyz",
}


@dataclass
class Merchant:
    """An account, and short words for what tests do with it."""

    url: str
    environment: dict[str, str] = field(default_factory=dict)

    def settings(self, **changes: str) -> Settings:
        """Settings by their environment names. Stripe's own address is replaced afterwards: it may not be set."""
        settings = load_settings(ENVIRONMENT | self.environment | changes, setting_up=True)
        here = settings.stripe.model_copy(update={"api_base": self.url})
        return settings.model_copy(update={"stripe": here})

    def run(self, settings: Settings, **options: Any) -> tuple[list[Step], Prepared]:
        """`scrip setup-stripe` without the printing."""
        steps: list[Step] = []
        with closing(StripeSetup.of(settings)) as account:
            prepared = setup.run(Installation(settings, account, system_clock), steps.append, **options)
        return steps, prepared

    def prepared(self, **changes: str) -> Settings:
        """An account that was prepared, and the settings with everything put in place."""
        settings = self.settings(**changes)
        _steps, done = self.run(settings)
        filled = setup.filled_in(settings, done)
        secrets = (SecretStr(done.webhook_secret or "whsec_known_before"),)
        return filled.model_copy(update={"stripe": filled.stripe.model_copy(update={"webhook_secrets": secrets})})

    def findings(self, settings: Settings, *, ahead_seconds: int = 0) -> dict[str, doctor.Finding]:
        """`scrip doctor` by what each finding is about; what is wrong wins over what is not."""
        found: dict[str, doctor.Finding] = {}
        with closing(StripeSetup.of(settings)) as account:
            here = Installation(settings, account, lambda: system_clock() + ahead_seconds * SECOND)
            for finding in doctor.examine(here):
                if finding.about not in found or finding.state is doctor.State.WRONG:
                    found[finding.about] = finding
        return found

    def state(self) -> Any:
        """Everything the account holds. A table that was only looked into is an empty one."""
        tables = httpx.get(f"{self.url}/_sandbox/state", timeout=20).raise_for_status().json()["tables"]
        return {noun: rows for noun, rows in tables.items() if rows}

    def control(self, path: str, /, **body: Any) -> None:
        httpx.post(f"{self.url}/_sandbox/{path}", json=body, timeout=20).raise_for_status()

    @property
    def v1(self) -> Any:
        """The account by hand, through the SDK."""
        return stripe.StripeClient(KEY, base_addresses={"api": self.url}).v1


@pytest.fixture(scope="session")
def merchant_process() -> Iterator[str]:
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--secret-key", KEY]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().rpartition(" ")[2].strip()
        process.terminate()


@pytest.fixture
def merchant(merchant_process: str, tmp_path: Path) -> Merchant:
    """An empty account."""
    made = Merchant(merchant_process, {"SCRIP_VAR_DIR": str(tmp_path)})
    made.control("reset")
    httpx.delete(f"{made.url}/_sandbox/faults/routes", timeout=20).raise_for_status()
    return made
