"""The application as its developer registered it: whom it may send people back to, and whether it is published."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Registration:
    """What Amazon holds the application's consent links to.

    Args:
        redirect_uris: The application's own, in Seller Central; the first is the default.
        return_urls: Those of its Login with Amazon security profile: registered apart.
        draft: It is not published, so its consent links must say ``version=beta``.
    """

    redirect_uris: tuple[str, ...] = ()
    return_urls: tuple[str, ...] = ()
    draft: bool = False
