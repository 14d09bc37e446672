"""Loads the settings; the only place that reads the environment. `app.py` and the tests import it.

Strongest first: the environment (SCRIP_STRIPE__API_KEY), the YAML file named by SCRIP_CONFIG, the profile
`billing/profiles/<SCRIP_PROFILE>.yaml`, the defaults. Whatever is unknown, anywhere, is refused.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from billing.settings_form import SettingRow, Settings, settings_table
from billing.settings_keys import SandboxKeys, complete, sandbox_keys
from billing.settings_rules import refuse_contradictions
from billing.settings_sources import (
    GivenEnvironment,
    Tree,
    line_about,
    read_profile,
    read_yaml,
    refuse_unknown_variables,
)
from billing.settings_values import SettingsError

__all__ = [
    "SandboxKeys",
    "SettingRow",
    "Settings",
    "SettingsError",
    "complete",
    "load_settings",
    "sandbox_keys",
    "settings_table",
]


def load_settings(env: Mapping[str, str] | None = None, *, setting_up: bool = False) -> Settings:
    """The settings of this environment, checked. Writes nothing; see `complete` for what a sandbox still needs.

    `env` stands in for the process's environment in tests. `setting_up` lets the parts be missing that
    `scrip setup-stripe` will make. Raises SettingsError with one line for whatever is wrong.
    """
    environment = os.environ if env is None else env
    refuse_unknown_variables(environment)
    own = GivenEnvironment(environment)()
    config = environment.get("SCRIP_CONFIG", "").strip()
    chosen = read_yaml(Path(config), environment) if config else {}
    profile = str(own.get("profile") or chosen.get("profile") or "default").strip()
    tree = _laid_over(read_profile(profile, environment), chosen, own, {"profile": profile})
    try:
        settings = Settings(**tree)
    except ValidationError as error:
        wrong = line_about(error)
    else:
        return refuse_contradictions(settings, setting_up=setting_up)
    raise SettingsError(wrong)


def _laid_over(*trees: Tree) -> Tree:
    """The later tree wins, name by name; a list is replaced whole, and an empty value in YAML leaves what was there."""
    result: Tree = {}
    for tree in trees:
        for name, value in tree.items():
            below = result.get(name)
            if isinstance(value, dict):
                result[name] = _laid_over(below if isinstance(below, dict) else {}, value)
            elif value is not None:
                result[name] = value
    return result
