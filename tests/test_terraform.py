"""deploy/terraform says the same as `scrip setup-stripe`, in the form Terraform itself gives it.

Terraform's own checks run where its program is; `validate` needs the provider too, which `terraform init` fetches from
outside. A folder that holds it, as `terraform providers mirror` makes one, is named by SCRIP_TEST_TERRAFORM_PROVIDERS.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from billing.gateways.stripe_events import LISTED
from billing.gateways.stripe_setup_webhook import API_VERSION
from billing.settings import load_settings, settings_table

FOLDER = Path(__file__).parent.parent / "deploy" / "terraform"
FILES = sorted(FOLDER.glob("*.tf"))
TEXT = {path.name: path.read_text("utf-8") for path in FILES}
PROVIDERS = os.environ.get("SCRIP_TEST_TERRAFORM_PROVIDERS", "")
ATTRIBUTE = re.compile(r"^( *)([A-Za-z_][A-Za-z0-9_]*)( +)= (.*)$")

program = pytest.mark.skipif(shutil.which("terraform") is None, reason="no terraform here: its own form was not seen")
provider = pytest.mark.skipif(
    not PROVIDERS, reason="no SCRIP_TEST_TERRAFORM_PROVIDERS: names were not held to the provider's schema"
)


def _complaint(*words: str, folder: Path) -> str:
    """What terraform says against it; empty when it is content."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    said = subprocess.run(
        ["terraform", *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    return "" if said.returncode == 0 else said.stdout + said.stderr + f"status {said.returncode}"


def _code(text: str) -> Iterator[tuple[int, str]]:
    """Numbered lines without comments."""
    for number, line in enumerate(text.splitlines(), 1):
        yield number, "" if line.lstrip().startswith("#") else line


def _bare(line: str) -> str:
    """A line without what stands in quotes."""
    return re.sub(r'"(?:\\.|[^"\\])*"', '""', line)


def _default(variable: str) -> str:
    block = TEXT["variables.tf"].split(f'variable "{variable}" {{')[1].split("\n}\n")[0]
    return block.split("\n  default", 1)[1]


@program
def test_the_form_is_terraforms_own() -> None:
    assert _complaint("fmt", "-check", "-diff", folder=FOLDER) == ""


@program
@provider
def test_the_names_are_the_providers_own(tmp_path: Path) -> None:
    for path in FILES:
        shutil.copy(path, tmp_path)
    assert _complaint("init", "-backend=false", "-input=false", f"-plugin-dir={PROVIDERS}", folder=tmp_path) == ""
    assert _complaint("validate", folder=tmp_path) == ""


@pytest.mark.parametrize("name", TEXT)
def test_every_line_stands_two_spaces_deeper_than_what_holds_it(name: str) -> None:
    depth = 0
    for number, line in _code(TEXT[name]):
        bare = _bare(line)
        closing = len(re.match(r"[\s)}\]]*", bare)[0].replace(" ", "")) if bare.strip() else 0  # type: ignore[index]
        # several brackets that open on one line are one step, and close on one line again
        if bare.strip():
            assert len(line) - len(line.lstrip()) == 2 * (depth - (closing > 0)), f"{name}:{number}"
        opened, closed = len(re.findall(r"[({\[]", bare)), len(re.findall(r"[)}\]]", bare))
        depth += (opened > closed) - (closed > opened)
    assert depth == 0


@pytest.mark.parametrize("name", TEXT)
def test_equals_signs_of_neighbours_stand_below_each_other(name: str) -> None:
    before: tuple[str, int] | None = None
    for number, line in _code(TEXT[name]):
        found = ATTRIBUTE.match(line)
        bare = _bare(line)
        whole = len(re.findall(r"[({\[]", bare)) == len(re.findall(r"[)}\]]", bare))
        if not found or not whole:
            before = None
            continue
        place = (found[1], line.index("= ", found.end(2)))
        if before is not None and before[0] == place[0]:
            assert before[1] == place[1], f"{name}:{number}"
        before = place


def test_every_variable_is_used_and_none_is_unknown() -> None:
    declared = set(re.findall(r'^variable "(\w+)"', TEXT["variables.tf"], re.MULTILINE))
    used = set(re.findall(r"\bvar\.(\w+)", TEXT["main.tf"] + TEXT["outputs.tf"]))
    assert used == declared


def test_every_local_value_is_used_and_none_is_unknown() -> None:
    block = TEXT["main.tf"].split("locals {")[1].split("\n}\n")[0]
    declared = set(re.findall(r"^  (\w+) += ", block, re.MULTILINE))
    assert set(re.findall(r"\blocal\.(\w+)", TEXT["main.tf"])) == declared


def test_every_resource_that_is_named_exists() -> None:
    declared = set(re.findall(r'^resource "(\w+)" "(\w+)"', TEXT["main.tf"], re.MULTILINE))
    named = set(re.findall(r"\b(stripe_\w+)\.(\w+)\b", TEXT["main.tf"] + TEXT["outputs.tf"]))
    assert named <= declared
    assert {kind for kind, _name in declared} == {
        "stripe_product", "stripe_price", "stripe_billing_portal_configuration", "stripe_webhook_endpoint",
    }  # fmt: skip


def test_the_events_are_those_the_portal_reads_in_its_version() -> None:
    assert sorted(re.findall(r'"([a-z_.]+)"', _default("events"))) == sorted(LISTED)
    assert f'"{API_VERSION}"' in _default("api_version")


def test_the_packages_are_those_of_the_default_profile() -> None:
    blocks = dict(re.findall(r"^    (\w+) = \{\n(.*?)^    \}", _default("packages"), re.MULTILINE | re.DOTALL))
    found: dict[str, dict[str, Any]] = {
        key: dict(re.findall(r'^      (\w+) += "?(.*?)"?$', block, re.MULTILINE)) for key, block in blocks.items()
    }
    assert found == {
        each.key: {
            "name": each.name,
            "description": each.description,
            "credits": str(each.credits),
            "amount": str(each.price.minor),
            "currency": each.currency.lower(),
            **({"default": "true"} if each.default else {}),
        }
        for each in load_settings({}).catalog.packages
    }


def test_the_outputs_are_settings() -> None:
    outputs = set(re.findall(r'^output "(\w+)"', TEXT["outputs.tf"], re.MULTILINE))
    assert len(outputs) == 4
    assert outputs <= {row.variable for row in settings_table()}
    secret = TEXT["outputs.tf"].split('output "SCRIP_STRIPE__WEBHOOK_SECRETS"')[1]
    assert "sensitive   = true" in secret
