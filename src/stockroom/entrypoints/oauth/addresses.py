"""The addresses of the authorization server, spelled once: clients compare them character by character."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_RESOURCE_METADATA = "/.well-known/oauth-protected-resource"


@dataclass(frozen=True, slots=True)
class Addresses:
    """What clients are told.

    Args:
        base: Where callers reach the installation, without a slash at the end: the issuer.
    """

    base: str

    @property
    def offered(self) -> bool:
        """Whether tokens may be sent there at all: over https, or on this machine."""
        parts = urlsplit(self.base)
        return parts.scheme == "https" or parts.hostname in _LOOPBACK

    @property
    def resource(self) -> str:
        """What tokens are good for."""
        return f"{self.base}/mcp"

    @property
    def resource_metadata(self) -> str:
        """Where a refused client learns whom to ask."""
        parts = urlsplit(self.resource)
        return f"{parts.scheme}://{parts.netloc}{_RESOURCE_METADATA}{parts.path}"

    def consent(self, request_id: str) -> str:
        """The page that asks a person."""
        return f"{self.base}/console/authorise/{request_id}"

    def is_resource(self, named: str) -> bool:
        """Whether a client means this server; some leave the path out, or add a slash."""
        return named.rstrip("/") in {self.resource, self.base}

    def back(self, redirect_uri: str, **told: str | None) -> str:
        """Where a program gets its answer; who answers is part of it (RFC 9207)."""
        said = {
            name: value for name, value in {**told, "iss": self.base}.items() if value is not None
        }
        return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(said)}"
