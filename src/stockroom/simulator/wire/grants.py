"""The authorisations: those the world began with, those sellers gave since, and those they withdrew.

Kept in a file, because a seller's consent outlives Amazon's processes.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stockroom.simulator.wire.journal import Journal
from stockroom.simulator.world import Seller


@dataclass(frozen=True, slots=True)
class Grant:
    """What one refresh token stands for."""

    seller: Seller
    ads: bool
    """Facts 4: the advertising API is another authorisation, of the same Login with Amazon."""


class Grants:
    """Every refresh token that works.

    Args:
        home: The installation's home; the file is ``simulator/grants.jsonl``.
        sellers: The world's, by slug.
    """

    def __init__(self, home: Path, sellers: Mapping[str, Seller]) -> None:
        self._journal = Journal(home / "simulator" / "grants.jsonl")
        self._by_token: dict[str, Grant] = {}
        for one in sellers.values():
            self._by_token[one.refresh_token] = Grant(one, ads=False)
            self._by_token[one.ads_refresh_token] = Grant(one, ads=True)
        for record in self._journal.read():
            self._play(Grant(sellers[record["account"]], record["ads"]), record["token"])

    def of(self, refresh_token: str) -> Grant | None:
        """What a refresh token stands for; None: nothing, or nothing any more."""
        return self._by_token.get(refresh_token)

    def give(self, grant: Grant) -> str:
        """A seller consented: a fresh refresh token. Earlier ones go on working."""
        token = f"Atzr|{secrets.token_urlsafe(96)}"
        self._remember(grant, token)
        return token

    def withdraw(self, grant: Grant) -> None:
        """A seller withdrew the consent: none of the refresh tokens given for it works."""
        self._remember(grant, None)

    def _remember(self, grant: Grant, token: str | None) -> None:
        self._journal.append({"account": grant.seller.slug, "ads": grant.ads, "token": token})
        self._play(grant, token)

    def _play(self, grant: Grant, token: str | None) -> None:
        if token is not None:
            self._by_token[token] = grant
            return
        for known in [key for key, one in self._by_token.items() if one == grant]:
            del self._by_token[known]
