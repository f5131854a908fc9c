"""What every page tells the browser not to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_CONTENT = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)
_YEAR_S = 31_536_000


def page_headers(*, https: bool, form_action: Sequence[str] = ()) -> Mapping[str, str]:
    """Headers of one page.

    Args:
        https: People reach us over TLS.
        form_action: Where else a form of this page may lead, redirects included.
    """
    actions = " ".join(("form-action 'self'", *form_action))
    headers = {
        "Content-Security-Policy": "; ".join((*_CONTENT, actions)),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cache-Control": "no-store",
    }
    if https:
        headers["Strict-Transport-Security"] = f"max-age={_YEAR_S}"
    return headers
