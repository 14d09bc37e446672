"""The change to NiceGUI's page: every script of its own has the nonce, and a new NiceGUI cannot slip by."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from jinja2 import DictLoader
from nicegui.client import templates

from pages import nonce


@pytest.fixture(autouse=True)
def own_loader() -> Iterator[None]:
    """Leaves the process's template as it was."""
    before = templates.env.loader
    yield
    templates.env.loader = before
    assert templates.env.cache is not None
    templates.env.cache.clear()


def test_every_script_of_the_page_carries_the_nonce_of_its_request() -> None:
    nonce.patch_templates()
    nonce.patch_templates()
    values = dict.fromkeys(("imports", "elements", "prefix", "version", "translations"), "")
    request = SimpleNamespace(state=SimpleNamespace(csp_nonce="n0nce"))
    html = templates.env.get_template(nonce.PAGE).render(
        **values, request=request, tailwind=True, unocss="mini", prod_js=True, head_html="<script>theirs</script>"
    )
    assert html.count("<script nonce=") == html.count('<script nonce="n0nce"') > 5
    # a script that came in with a value is nobody's of ours, so it stays without
    assert html.count("<script") == html.count("<script nonce=") + 1


def test_the_template_is_the_one_we_know() -> None:
    nonce.check_template()
    nonce.patch_templates()
    assert isinstance(templates.env.loader, nonce.NoncedLoader)


@pytest.mark.parametrize(
    "source", ["", "<script>" * 12, "<script>" * 14, "<script>" * 12 + "<scriptx>", "<script nonce>" * 13]
)
def test_another_template_is_refused(source: str) -> None:
    templates.env.loader = DictLoader({nonce.PAGE: source})
    with pytest.raises(nonce.UnknownTemplate):
        nonce.check_template()
