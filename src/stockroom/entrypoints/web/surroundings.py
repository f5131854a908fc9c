"""What a request of the console stands in: the house, the visitor, the place it came from."""

from __future__ import annotations

from starlette.requests import Request

from stockroom.entrypoints.caller import caller_address
from stockroom.entrypoints.house import House
from stockroom.tenancy.visitors import Visitor


def house_of(request: Request) -> House:
    """The house that answers it."""
    house: House = request.app.state.house
    return house


def visitor_of(request: Request) -> Visitor | None:
    """Who asks; None: nobody who is signed in."""
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    return visitor


def present(request: Request) -> Visitor:
    """Who asks, on a page for members."""
    visitor = visitor_of(request)
    assert visitor is not None, "the page is not wrapped in signed_in"
    return visitor


def address_of(request: Request) -> str | None:
    """Where it came from: the peer, or whom a trusted proxy names."""
    peer = request.client.host if request.client else None
    forwarded = request.headers.get("x-forwarded-for", "")
    return caller_address(peer, forwarded, house_of(request).settings.trusted_proxies)


def own_path(text: str, otherwise: str = "/console/") -> str:
    """A path on this server to go on to; anything that could lead elsewhere is not taken.

    Args:
        text: What was asked for, by anybody.
        otherwise: Where to go instead.
    """
    plain = text.isascii() and text.isprintable() and "\\" not in text
    within = text.startswith("/") and not text.startswith("//") and len(text) <= _LONGEST_PATH
    return text if plain and within else otherwise


_LONGEST_PATH = 2000
