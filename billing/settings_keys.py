"""Random keys an installation makes for itself, in a file only its user may read. `app.py` uses it through settings.py.

They let the sandbox run without any configuration; nothing here is ever used beside a real Stripe key or the dummy
provider, except the session secret of a development portal.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pydantic import SecretStr

from billing.settings_form import Settings
from billing.settings_groups import SANDBOX_KEY
from billing.settings_rules import refuse_contradictions
from billing.settings_values import SettingsError

FILE = "sandbox-keys.json"
SANDBOX_PRODUCT = "prod_scrip"
SANDBOX_PLANS = "prod_scrip_plans"


@dataclass(frozen=True, slots=True)
class SandboxKeys:
    """What a sandbox and its portal share. The text form shows none of it."""

    api_key: str = field(repr=False)
    publishable_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    session_secret: str = field(repr=False)


def complete(settings: Settings) -> Settings:
    """The settings with what may be made up made up: the sandbox's keys and addresses, a development session secret."""
    needs_session = settings.session.secret is None and settings.environment == "development"
    if settings.mode != "sandbox" and not needs_session:
        return settings
    keys = sandbox_keys(settings.var_dir)
    changes: dict[str, object] = {}
    if needs_session:
        changes["session"] = settings.session.model_copy(update={"secret": SecretStr(keys.session_secret)})
    if settings.mode == "sandbox":
        changes["stripe"] = settings.stripe.model_copy(update=_sandbox_values(settings, keys))
    return refuse_contradictions(settings.model_copy(update=changes))


def _sandbox_values(settings: Settings, keys: SandboxKeys) -> dict[str, object]:
    """What was set explicitly wins."""
    stripe, base = settings.stripe, f"http://127.0.0.1:{settings.sandbox_port}"
    return {
        "api_key": stripe.api_key or SecretStr(keys.api_key),
        "publishable_key": stripe.publishable_key or keys.publishable_key,
        "webhook_secrets": stripe.webhook_secrets or (SecretStr(keys.webhook_secret),),
        # Who names prices has made them already; a product made up here would only contradict them.
        "product": stripe.product or (SANDBOX_PRODUCT if _makes_product(settings) else None),
        "subscription_product": stripe.subscription_product or (SANDBOX_PLANS if _makes_plans(settings) else None),
        "api_base": stripe.api_base if "api_base" in stripe.model_fields_set else base,
        "js_url": stripe.js_url if "js_url" in stripe.model_fields_set else f"{base}/endive/stripe.js",
    }


def _makes_product(settings: Settings) -> bool:
    return settings.sells_packages and not (settings.stripe.price or settings.stripe.lookup_keys)


def _makes_plans(settings: Settings) -> bool:
    return bool(settings.catalog.sold_plans) and not settings.stripe.plan_prices


def sandbox_keys(var_dir: str) -> SandboxKeys:
    """The installation's keys, made at the first call and the same ever after, whoever else starts at that moment."""
    path = Path(var_dir) / FILE
    if not path.exists():
        _write_once(path, _fresh())
    try:
        path.chmod(0o600)
        return SandboxKeys(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        wrong = f"{path} cannot be read as the sandbox's keys: delete it, and the next start makes new ones."
    raise SettingsError(wrong)


def _fresh() -> SandboxKeys:
    return SandboxKeys(
        api_key=f"{SANDBOX_KEY}_" + secrets.token_hex(16),
        publishable_key="pk_test_sandbox_" + secrets.token_hex(16),
        webhook_secret="whsec_" + secrets.token_hex(24),
        session_secret=secrets.token_urlsafe(48),
    )


def _write_once(path: Path, keys: SandboxKeys) -> None:
    """Complete or not at all, and the first one wins: a link, unlike a rename, refuses to replace."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=FILE)
    except OSError:
        raise SettingsError(
            f"{path.parent} cannot be written: set var_dir (SCRIP_VAR_DIR) to a folder of your own."
        ) from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(keys), file, indent=2)
        Path(path).hardlink_to(draft)
    except FileExistsError:
        pass  # another process of this installation was faster; its keys are the keys
    finally:
        Path(draft).unlink()
