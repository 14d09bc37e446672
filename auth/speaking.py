"""Which language and zone the person behind a request is spoken to in. Doors, plain pages and pages ask here.

What the person chose comes first, then what the browser says: its language with every request, its zone in a cookie
that a script of our pages sets. Without either it is English and UTC.
"""

from __future__ import annotations

from urllib.parse import unquote

from starlette.requests import HTTPConnection

from auth.policy import Principal
from locales.catalogues import LANGUAGES, wished
from locales.speech import Speech, zone_names

ZONE_COOKIE = "scrip_zone"
_KEPT = "speech"

# Once the browser has told its zone, moments are told in it from the next page on. Nothing waits for it: the first word
# about zones costs a browser tens of milliseconds, so it comes when the page is there and nothing else is to be done.
TELL_ZONE = f"""
addEventListener('load', () => (window.requestIdleCallback ?? setTimeout)(() => {{
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  document.cookie = `{ZONE_COOKIE}=${{encodeURIComponent(zone)}}; path=/; max-age=31536000; samesite=lax`;
}}, {{ timeout: 500 }}));
"""


def speech_of(request: HTTPConnection) -> Speech:
    """Found out once a request."""
    state = request.scope.setdefault("state", {})
    if _KEPT not in state:
        state[_KEPT] = _found(request, state.get("principal"))
    found: Speech = state[_KEPT]
    return found


def _found(request: HTTPConnection, principal: Principal | None) -> Speech:
    language = principal.language if principal is not None else None
    zone = (principal.zone if principal is not None else None) or unquote(request.cookies.get(ZONE_COOKIE, ""))
    return Speech(
        language if language in LANGUAGES else wished(request.headers.get("accept-language", "")),
        zone if zone in zone_names() else "UTC",
    )
