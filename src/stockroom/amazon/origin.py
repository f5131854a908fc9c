"""Which addresses we call: https, or plain http to this very machine."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from stockroom.core.errors import ConfigurationError


def endpoint(url: str, *, field: str) -> str:
    """A configured address of Amazon's, without a slash at the end.

    Raises:
        ConfigurationError: It is neither https nor http on loopback.
    """
    parts = _parts(url)
    if parts is None or not (parts.scheme == "https" or _is_local(parts)):
        raise ConfigurationError(
            f"{field} is not an address that credentials may be sent to.",
            field=field,
            next_step="Use https, or http on 127.0.0.1 for a pretend Amazon.",
        )
    return url.rstrip("/")


def may_download(url: str, api: str) -> bool:
    """Whether a document may be fetched from ``url``, which came in an answer of ``api``.

    A bare number is no address of Amazon's, but could be one inside our own network.
    """
    parts = _parts(url)
    if parts is None:
        return False
    asked = _parts(api)
    if asked is not None and _is_local(asked) and _is_local(parts):
        return True
    return parts.scheme == "https" and not _is_number(parts) and not _is_loopback(parts)


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if usable and parts.username is None and url.isprintable() else None


def _is_local(parts: SplitResult) -> bool:
    return parts.scheme == "http" and _is_loopback(parts)


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").rstrip(".")


def _is_loopback(parts: SplitResult) -> bool:
    if _host(parts) == "localhost":
        return True
    try:
        return ip_address(_host(parts)).is_loopback
    except ValueError:
        return False


def _is_number(parts: SplitResult) -> bool:
    """An IP address, in any spelling a resolver takes (also ``2130706433`` or ``127.1``)."""
    host = _host(parts)
    return ":" in host or host.rpartition(".")[2][:1].isdigit()
