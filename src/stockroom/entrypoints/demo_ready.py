"""The ready file: what another program needs to use a running demo."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stockroom.db.home import usable, write_private
from stockroom.simulator.world.views import Seller

FILE = "ready.json"
"""Kept in the home too: the only place that holds the demo's keys and password."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A demo that answers."""

    base_url: str
    keys_url: str
    simulator_url: str
    seed: int
    backfilled: bool
    keys: Mapping[str, str]
    login: Mapping[str, str]
    sellers: Sequence[Seller]

    @property
    def mcp_url(self) -> str:
        """Where MCP is spoken."""
        return f"{self.base_url}/mcp"

    @property
    def console_url(self) -> str:
        """Where people sign in."""
        return f"{self.base_url}/console/"

    def write(self, *paths: Path) -> None:
        """Write it, whole, for this user alone.

        Raises:
            ConfigurationError: A path cannot be written.
        """
        text = json.dumps(self._facts(), indent=2) + "\n"
        for path in paths:
            with usable(path.parent):
                path.parent.mkdir(parents=True, exist_ok=True)
                write_private(path, text)

    def _facts(self) -> dict[str, Any]:
        return {
            "mcp_url": self.mcp_url,
            "base_url": self.base_url,
            "console_url": self.console_url,
            "keys_url": self.keys_url,
            "simulator_url": self.simulator_url,
            "seed": self.seed,
            "backfilled": self.backfilled,
            "keys": dict(self.keys),
            "login": dict(self.login),
            "accounts": [
                {
                    "account": seller.slug,
                    "name": seller.name,
                    "seller_id": seller.seller_id,
                    "marketplaces": list(seller.marketplaces),
                }
                for seller in self.sellers
            ],
        }
