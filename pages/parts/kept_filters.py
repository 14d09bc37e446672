"""The filters somebody keeps for a list: links to them, and a field to keep those of now. Pages with a list use it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal
from billing import saved_filters
from billing.portal import Portal
from billing.rules.console import SavedFilter
from pages import notices
from pages.frame import Work, act
from pages.live import ask
from pages.parts.modal import READ_FORM, told
from pages.parts.tags import Tag, button, focus, link
from pages.words import _


class KeptFilters:
    """Built in the current slot. `query` says what is asked for now, as it stands in the address behind `path`."""

    def __init__(
        self, portal: Portal, principal: Principal, path: str, action: Action, query: Callable[[], str]
    ) -> None:
        self._portal, self._principal, self._path, self._action, self._query = portal, principal, path, action, query
        self._shown: tuple[list[SavedFilter], bool] | None = None
        self._links: dict[str, Tag] = {}
        self._box = Tag("div", classes="kept").mark("kept")

    async def show(self, *, is_filtered: bool) -> None:
        """What is kept; the field for more only while something is filtered."""
        found = await ask(saved_filters.of_list, self._portal, self._principal.id, self._path)
        self._draw(found, is_filtered=is_filtered)

    def _draw(self, found: list[SavedFilter], *, is_filtered: bool) -> None:
        if (found, is_filtered) == self._shown:
            return  # what somebody is typing a name into stays as it is
        self._shown = (found, is_filtered)
        self._box.clear()
        self._box.set_visibility(bool(found) or is_filtered)
        with self._box:
            for each in found:
                self._one(each)
            if is_filtered:
                self._form()

    def _one(self, each: SavedFilter) -> None:
        with Tag("span", classes="kept-one"):
            self._links[each.name] = link(each.name, f"{self._path}?{each.query}", "")
            button(
                "×", self._on(partial(self._forget, each)), aria_label=_("Forget the filters {name}", name=each.name)
            ).classes(remove="btn")

    def _form(self) -> None:
        with Tag("form", autocomplete="off").mark("keep-form") as form:
            most = saved_filters.NAME_MOST
            field = Tag("input", classes="input", name="name", maxlength=most, required="", autocomplete="off")
            named = _("Name for these filters")
            field.put("aria_label", named).put("placeholder", named)
            Tag("button", _("Save filters"), "btn small", type="submit")
        form.on("submit", self._on(self._keep), js_handler=READ_FORM)

    def _on(self, work: Work) -> Work:
        return act(self._portal, self._principal, self._action, work)

    async def _keep(self, event: GenericEventArguments) -> None:
        name = told(event.args, "name")
        kept = await self._save(name, self._query())
        notices.said(_("Saved as “{name}”. Only you see it.", name=name.strip()))
        self._draw(kept, is_filtered=True)

    async def _save(self, name: str, query: str) -> list[SavedFilter]:
        return await ask(saved_filters.keep, self._portal, self._principal.id, self._path, name, query)

    async def _forget(self, each: SavedFilter, _event: GenericEventArguments) -> None:
        kept = await ask(saved_filters.forget, self._portal, self._principal.id, self._path, each.id)
        self._draw(kept, is_filtered=bool(self._query()))
        with self._box, Tag("span", classes="row", role="status").mark("forgotten"):
            Tag("span", _("“{name}” is forgotten.", name=each.name), "muted")
            undo = button(_("Undo"), self._on(partial(self._restore, each)), "quiet small")
        self._box.set_visibility(True)
        focus(undo)

    async def _restore(self, each: SavedFilter, _event: GenericEventArguments) -> None:
        kept = await self._save(each.name, each.query)
        self._shown = None
        self._draw(kept, is_filtered=bool(self._query()))
        focus(self._links[each.name])
