"""What a refused request is told: where to get a token, and for which scopes (RFC 6750, RFC 9728)."""

from __future__ import annotations

from collections.abc import Collection

from stockroom.core.scope import READ_SCOPES
from stockroom.entrypoints.oauth.addresses import Addresses


class Challenges:
    """The ``WWW-Authenticate`` headers of the main listener."""

    def __init__(self, addresses: Addresses) -> None:
        self.resource = addresses.resource
        self._metadata = f'resource_metadata="{addresses.resource_metadata}"'

    def unauthorised(self, *, sent: bool) -> str:
        """For a request without a good credential.

        Args:
            sent: It had one, which is not good; without one, nothing was wrong but its absence.
        """
        error = 'error="invalid_token", ' if sent else ""
        return f"Bearer {error}{self._metadata}, {_asking_for(READ_SCOPES)}"

    def insufficient(self, scopes: Collection[str]) -> str:
        """For a call that needs more than was granted: all to ask for at once."""
        return f'Bearer error="insufficient_scope", {_asking_for(scopes)}, {self._metadata}'


def _asking_for(scopes: Collection[str]) -> str:
    return f'scope="{" ".join(sorted(scopes))}"'
