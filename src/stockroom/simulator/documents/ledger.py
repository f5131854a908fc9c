"""What both ledger reports read out of a request: networks, whole days, filters.

Facts 1.2: 18 months of history. Windows off midnight are widened to whole days
of each network; the report holds the networks of the marketplaces asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from stockroom.core.marketplaces import NETWORK_ZONES
from stockroom.simulator.documents.view import Ask, Generation

HISTORY = timedelta(days=548)
"""18 months; there is nothing before."""


@dataclass(frozen=True, slots=True)
class LedgerAsk:
    """Which part of the ledger a report is about."""

    networks: frozenset[str]
    first: date
    last: date
    fnsku: str
    msku: str
    asin: str

    @classmethod
    def of(cls, generation: Generation) -> LedgerAsk:
        """The part a request means."""
        ask = generation.ask
        networks = frozenset(market.network for market in ask.marketplaces)
        begin = max(generation.start, generation.as_of - HISTORY)
        end = generation.end - timedelta(seconds=1)
        return cls(
            networks,
            min(day_of(begin, network) for network in networks),
            max(day_of(end, network) for network in networks),
            *(ask.options.get(name, "") for name in ("FNSKU", "MSKU", "ASIN")),
        )

    def covers(self, network: str | None, fnsku: str | None, msku: str, asin: str) -> bool:
        """Whether those goods are meant."""
        return (
            network in self.networks
            and self.fnsku in {"", fnsku}
            and self.msku in {"", msku}
            and self.asin in {"", asin}
        )


def day_of(at: datetime, network: str) -> date:
    """The network's calendar day at an instant."""
    return at.astimezone(NETWORK_ZONES[network]).date()


def without_window(ask: Ask) -> str | None:
    """Both ends of the window are required."""
    if ask.start is None or ask.end is None:
        return "dataStartTime and dataEndTime are required for this report type."
    return None
