"""The files a browser loads: stripe.js, the frames it opens, the scenario page and the page of controls.
Mounted by `server`.
"""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, PlainTextResponse, Response

BROWSER = Path(__file__).parent / "browser"
# Joined in this order into the one script a page loads, because Stripe's is one script too.
PARTS = (
    *("bases.js", "wire.js", "frame.js", "element.js", "address_element.js", "elements.js"),
    *("dialog.js", "payments.js", "collecting.js"),
    *("checkout_session.js", "checkout_sdk.js", "checkout_confirm.js", "checkout_form_sdk.js"),
    *("checkout_embedded.js", "main.js"),
)
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; connect-src 'self' https://api.stripe.com; frame-src 'self'"
)
HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def pages() -> APIRouter:
    """Routes for files only; nothing here changes anything."""
    router = APIRouter(include_in_schema=False)

    @router.get("/endive/stripe.js")
    async def stripe_js() -> Response:
        return PlainTextResponse(stripe_script(), headers=HEADERS, media_type="text/javascript")

    @router.get("/")
    @router.get("/_sandbox/")
    async def scenario() -> Response:
        return page_file("scenario.html")

    @router.get("/_sandbox/docs")
    async def docs() -> Response:
        return page_file("docs.html")

    @router.get("/_sandbox/3ds")
    async def authentication() -> Response:
        return page_file("three_ds.html")

    @router.get("/c/pay/{session_id}")
    async def checkout(session_id: str) -> Response:  # noqa: ARG001 - the page reads its own address
        return page_file("checkout.html")

    @router.get("/_sandbox/browser/{name}")
    async def browser_file(name: str) -> Response:
        return page_file(name)

    return router


def stripe_script() -> str:
    """The parts in one closure, so that nothing but `Stripe` becomes global."""
    parts = [(BROWSER / "stripe" / name).read_text(encoding="utf-8") for name in PARTS]
    return "(() => {\n'use strict';\n" + "\n".join(parts) + "\n})();\n"


def page_file(name: str) -> Response:
    """A file of the folder by its plain name; a path out of it is simply not found."""
    path = BROWSER / name
    if Path(name).name != name or path.suffix not in TYPES or not path.is_file():
        return PlainTextResponse("Not found\n", status_code=404)
    return FileResponse(path, headers=HEADERS, media_type=TYPES[path.suffix])
