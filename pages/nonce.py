"""Gives every script of NiceGUI's page template the nonce of its answer, so that no other inline script runs; and the
document the direction of its language, which NiceGUI leaves to a script.

NiceGUI has no setting for this, so its template is changed as it is loaded. Only app.py imports it; it refuses to be
imported when a new NiceGUI comes with a template it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from jinja2 import BaseLoader, Environment
from nicegui.client import templates

PAGE = "index.html"
SCRIPTS = 13
"""How many script tags NiceGUI 3.18 has. Another number is not wrong, but somebody has to look before it is served."""

_TAG = re.compile(r"<script(?=[\s>])")
_LANGUAGE = ' lang="{{ html_lang }}"'
_DIRECTION = """ dir="{{ 'rtl' if html_lang == 'ar' else 'ltr' }}\""""
_NONCE = '<script nonce="{{ request.state.csp_nonce }}"'


class UnknownTemplate(RuntimeError):
    """NiceGUI's page is not the one this project was made for."""


class NoncedLoader(BaseLoader):
    """NiceGUI's own loader, with the page changed on its way."""

    def __init__(self, inner: BaseLoader) -> None:
        self._inner = inner

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        """The template's source; scripts inside values are not touched, for they are not in it yet."""
        source, path, is_current = self._inner.get_source(environment, template)
        return (_changed(source) if template == PAGE else source), path, is_current


def _changed(source: str) -> str:
    return _TAG.sub(_NONCE, source).replace(_LANGUAGE, f"{_LANGUAGE}{_DIRECTION}", 1)


def patch_templates() -> None:
    """Changes the template for this process; a second call changes nothing more."""
    loader = templates.env.loader
    if loader is not None and not isinstance(loader, NoncedLoader):
        templates.env.loader = NoncedLoader(loader)
        if templates.env.cache is not None:
            templates.env.cache.clear()


def check_template() -> None:
    """Raises UnknownTemplate when the page has other scripts than it had, or brings a nonce of its own."""
    loader = templates.env.loader
    source = loader.get_source(templates.env, PAGE)[0] if loader is not None else ""
    found = len(_TAG.findall(source))
    if found != SCRIPTS or source.count("<script") != found:
        raise UnknownTemplate(
            f"NiceGUI's page has {found} script tags, not {SCRIPTS}: look at it, then change SCRIPTS."
        )
    if _LANGUAGE not in source:
        raise UnknownTemplate("NiceGUI's page says its language in another way now: look where its direction goes.")
    if "nonce" in source and not isinstance(loader, NoncedLoader):
        raise UnknownTemplate("NiceGUI's page has a nonce of its own now: use that, and take this file away.")


check_template()
