"""The headers every answer carries, put together once from the settings. Only the guard imports it.

Four kinds of answers: NiceGUI's pages, plain pages, answers to programs, and static files.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from billing.settings import Settings

Header = tuple[bytes, bytes]
Headers = list[Header]

STRIPE_SCRIPTS = ("https://js.stripe.com", "https://*.js.stripe.com")
STRIPE_FRAMES = (*STRIPE_SCRIPTS, "https://hooks.stripe.com")
STRIPE_CALLS = ("https://api.stripe.com",)
STRIPE_CHECKOUT = ("https://checkout.stripe.com",)
"""What Checkout inside our page needs as well. Checkout on its own is a link: no policy stands in a link's way."""
STRIPE_IMAGES = ("https://*.stripe.com",)
NO_STORE: Header = (b"cache-control", b"no-store")
_SAFE_EVERYWHERE: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
]
_YEAR = b"max-age=31536000; includeSubDomains"


@dataclass(frozen=True, slots=True)
class HeaderSets:
    """The headers by kind of answer; a page's policy is cut in two where its nonce goes."""

    machine: Headers
    static: Headers
    page: Headers
    nicegui_policy: tuple[bytes, bytes]
    plain_policy: tuple[bytes, bytes]


def header_sets(settings: Settings) -> HeaderSets:
    """All of it for this portal."""
    https = settings.public_url.startswith("https://")
    common = [*_SAFE_EVERYWHERE, *([(b"strict-transport-security", _YEAR)] if https else [])]
    machine_policy = b"default-src 'none'; frame-ancestors 'none'"
    return HeaderSets(
        machine=[*common, (b"content-security-policy", machine_policy), NO_STORE],
        static=common,
        page=[
            *common,
            (b"permissions-policy", _permissions(settings).encode()),
            # allow-popups: a bank's 3-D Secure page may open in a window of its own and report back
            (b"cross-origin-opener-policy", b"same-origin-allow-popups"),
            NO_STORE,
        ],
        nicegui_policy=_policy(settings, "'unsafe-eval'"),
        plain_policy=_policy(settings),
    )


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, as browsers write an origin."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    port = f":{parts.port}" if parts.port and parts.port != usual else ""
    return f"{parts.scheme}://{host}{port}"


def _policy(settings: Settings, *script_words: str) -> tuple[bytes, bytes]:
    scripts, frames, calls = _payment_origins(settings)
    own_socket = origin_of(settings.public_url).replace("http", "ws", 1)
    before = "default-src 'none'; script-src 'self' 'nonce-"
    after = "; ".join(
        (
            " ".join(("'", *script_words, *scripts)),
            "style-src 'self' 'unsafe-inline'",
            f"img-src 'self' data: {' '.join(STRIPE_IMAGES)}",
            "font-src 'self' data:",
            # 'self' covers our socket in today's browsers; older Safari wants it named
            f"connect-src 'self' {own_socket} {' '.join(calls)}",
            f"frame-src {' '.join(frames)}",
            "manifest-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
    return before.encode(), after.encode()


def _payment_origins(settings: Settings) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Where payment scripts, frames and calls come from: Stripe, or the sandbox that stands in for it."""
    script = origin_of(settings.stripe.js_url)
    if script in STRIPE_SCRIPTS:
        more = STRIPE_CHECKOUT if settings.purchase.surface == "embedded" else ()
        return (*STRIPE_SCRIPTS, *more), (*STRIPE_FRAMES, *more), (*STRIPE_CALLS, *more)
    calls = tuple(dict.fromkeys((script, origin_of(settings.stripe.api_base))))
    return (script,), (script,), calls


def _permissions(settings: Settings) -> str:
    """No device for any script; the payment sheet of the browser for us and for Stripe's frame."""
    frames = [origin for origin in _payment_origins(settings)[1] if "*" not in origin]
    payment = " ".join(["self", *(f'"{origin}"' for origin in frames)])
    denied = ("camera", "microphone", "geolocation", "usb", "serial", "midi", "display-capture")
    return ", ".join([*(f"{name}=()" for name in denied), f"payment=({payment})"])
