"""Who is asking: the secret key of a server, or the publishable key of a browser. Used by `dispatch` only."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from sandbox.errors import Refusal, unauthorized

NO_KEY = (
    "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth "
    "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, "
    "or we can help at https://support.stripe.com/."
)


@dataclass(frozen=True)
class Keys:
    """The keys of this one account."""

    secret: str
    publishable: str

    def publishable_used(self, authorization: str | None, key_param: str | None) -> bool:
        """True for the publishable key, False for the secret one; 401 for anything else.

        A browser may send its key as the parameter `key`, as stripe.js does; a secret key is never taken from there.
        """
        offered = offered_key(authorization) or key_param
        if not offered:
            raise unauthorized(NO_KEY)
        if offered == self.publishable:
            return True
        if offered == self.secret and authorization:
            return False
        raise refused(offered)


def offered_key(authorization: str | None) -> str | None:
    """The key in a Bearer or Basic header (in Basic it stands where the user name would)."""
    scheme, _, rest = (authorization or "").partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return "(unreadable)"
    return None


def refused(offered: str) -> Refusal:
    """401, showing of the key no more than Stripe shows."""
    shown = f"{offered[:8]}{'*' * 8}{offered[-4:]}" if len(offered) > 16 else "*" * len(offered)
    return unauthorized(f"Invalid API Key provided: {shown}")
