"""Loads the settings; the only place that reads the environment. `app.py` and the tests import it.

Strongest first: our own variables (SCRIP_STRIPE__API_KEY), those of the profile's documents, the YAML file named by
SCRIP_CONFIG, the profile `billing/profiles/<SCRIP_PROFILE>.yaml`, the defaults. Whatever is unknown is refused.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from billing.settings_form import PREFIX, SettingRow, Settings, settings_table, variable, walk
from billing.settings_keys import SandboxKeys, complete, sandbox_keys
from billing.settings_names import MORE, Tree
from billing.settings_rules import refuse_contradictions
from billing.settings_sources import GivenEnvironment, known_profiles, line_about, read_profile, read_yaml
from billing.settings_values import SettingsError

__all__ = [
    "SandboxKeys",
    "SettingRow",
    "Settings",
    "SettingsError",
    "complete",
    "load_settings",
    "names_in_profile",
    "sandbox_keys",
    "settings_table",
    "unheard",
]


def load_settings(env: Mapping[str, str] | None = None, *, setting_up: bool = False) -> Settings:
    """The settings of this environment, checked. Writes nothing; see `complete` for what a sandbox still needs.

    `env` stands in for the process's environment in tests. `setting_up` lets the parts be missing that
    `scrip setup-stripe` will make. Raises SettingsError with one line for whatever is wrong.
    """
    environment = os.environ if env is None else env
    own = GivenEnvironment(environment)()
    config = environment.get("SCRIP_CONFIG", "").strip()
    file = read_yaml(Path(config), environment) if config else {}
    profile = str(own.get("profile") or file.get("profile") or "default").strip()
    start, names = read_profile(profile, environment)
    names.refuse_unknown_variables(environment, profile)
    chosen = _laid_over(names.translated(file, Path(config)), names.given(environment), own)
    tree = _laid_over(_without_its_wares(start, chosen), chosen, {"profile": profile})
    try:
        return refuse_contradictions(Settings(**tree), setting_up=setting_up)
    except ValidationError as error:
        wrong = line_about(error)
    except SettingsError as refused:
        wrong = str(refused)
    raise SettingsError(names.spoken(wrong))


def names_in_profile(profile: str) -> Mapping[str, str]:
    """The variable of every setting by its dotted name: that of the profile's documents where there is one."""
    own = {".".join(path): variable(path) for path, _field in walk(Settings)}
    _start, names = read_profile(profile, {})
    return own | {setting.removesuffix(MORE): name for name, setting in reversed(names.variables.items())}


def unheard(chosen: Settings, env: Mapping[str, str] | None = None) -> str | None:
    """One line about variables that only the documents of another profile know: nobody reads them here."""
    environment = os.environ if env is None else env
    _start, own = read_profile(chosen.profile, {})
    given = {name for name, value in environment.items() if value.strip() and name not in own.variables}
    found = {
        profile: sorted(given & set(read_profile(profile, {})[1].variables))
        for profile in known_profiles()
        if profile != chosen.profile
    }
    best = max(found, key=lambda each: len(found[each]), default="")
    if not best or not found[best]:
        return None
    said, own_name = ", ".join(found[best]), chosen.profile
    return f"Not read: {said}. Profile {best} has these names, but {own_name} is chosen: set {PREFIX}PROFILE={best}."


def _without_its_wares(start: Tree, chosen: Tree) -> Tree:
    """A profile's own amounts and bonuses go with its packages: who sells others gives nothing away beside them."""
    if (chosen.get("catalog") or {}).get("packages") is None:
        return start
    rest = {name: value for name, value in start.get("catalog", {}).items() if name not in ("own_amounts", "bonus")}
    return {**start, "catalog": rest}


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
