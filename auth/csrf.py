"""The hidden field of every form that a page posts: only who can read our pages can send it. Doors and pages use it.

It is made from the session, so it ends with the session and is another one after every sign-in. The guard has refused
other sites' requests before; this holds even where a browser does not say where a request comes from.
"""

from __future__ import annotations

import hashlib
import hmac

from auth.policy import Principal

FIELD = "csrf"
"""Its name in the form."""
_PURPOSE = b"a form of this session"


def token_for(principal: Principal) -> str:
    """The principal's token. Keys have no session and post no forms, so theirs is empty and fits nothing."""
    if principal.session is None:
        return ""
    return hmac.new(_key(principal.session), _PURPOSE, hashlib.sha256).hexdigest()


def is_token_of(principal: Principal, given: str) -> bool:
    """Whether `given` is this session's token; takes the same time however wrong it is."""
    expected = token_for(principal)
    if not expected:
        return False
    return hmac.compare_digest(expected.encode(), _bytes(given))


def _key(session: str) -> bytes:
    """`session` is the hash of a cookie that only its browser has, and appears in no page."""
    return _bytes(session)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
