"""Where an answer may be sent: the rules for a program's redirect addresses.

Https anywhere; http only to the person's own machine, where the port is chosen anew at
every start (RFC 8252); a private scheme only when it is a known editor's. What is
registered is compared character by character.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

PRIVATE_SCHEMES = frozenset({"cursor", "vscode", "vscode-insiders", "windsurf", "zed"})
"""Schemes that lead into a program on the person's machine. Not ``javascript:``, not ``data:``."""

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_LONGEST = 2000
MOST = 20
"""Addresses one program may register."""


def acceptable(uri: str) -> bool:
    """Whether a program may have its answers sent there."""
    parts = _parts(uri)
    if parts is None:
        return False
    if parts.scheme in PRIVATE_SCHEMES:
        return True
    return bool(parts.hostname) and (parts.scheme == "https" or _is_loopback(parts))


def chosen(registered: Iterable[str], asked: str) -> bool:
    """Whether ``asked`` is one of the registered addresses."""
    return any(asked == one or _differs_in_port_only(one, asked) for one in registered)


def host_of(uri: str) -> str:
    """What a person is told about where an answer goes."""
    parts = urlsplit(uri)
    if parts.scheme in PRIVATE_SCHEMES:
        return f"{parts.scheme}: on your machine"
    return f"{parts.hostname}, your machine" if _is_loopback(parts) else parts.netloc


def origin_of(uri: str) -> str:
    """The origin of an address as a content security policy names it."""
    parts = urlsplit(uri)
    if parts.scheme in PRIVATE_SCHEMES:
        return f"{parts.scheme}:"
    return f"{parts.scheme}://{parts.netloc}"


def _parts(uri: str) -> SplitResult | None:
    # What a browser would mend on the way, another program might read differently.
    if (
        len(uri) > _LONGEST
        or not uri.isascii()
        or not uri.isprintable()
        or set(uri) & set(' \\"<>^`{|}')
    ):
        return None
    try:
        parts = urlsplit(uri)
        usable = parts.port != 0 and parts.username is None and "#" not in uri
    except ValueError:
        return None
    return parts if usable and "*" not in parts.netloc and ";" not in parts.netloc else None


def _is_loopback(parts: SplitResult) -> bool:
    return parts.scheme == "http" and parts.hostname in _LOOPBACK


def _differs_in_port_only(one: str, other: str) -> bool:
    mine, theirs = _parts(one), _parts(other)
    if mine is None or theirs is None or not (_is_loopback(mine) and _is_loopback(theirs)):
        return False
    return (mine.hostname, mine.path or "/", mine.query) == (
        theirs.hostname,
        theirs.path or "/",
        theirs.query,
    )
