"""The account as engines need to know it: no credential, no key, no person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from stockroom.core.marketplaces import MARKETPLACES, Marketplace, Region


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """One seller in one region.

    Args:
        id: The tenant.
        slug: The account's name in commands and answers.
        region: Amazon's API region.
        marketplaces: Country codes the seller takes part in.
        primary_marketplace: Where units go whose marketplace nothing else tells.
        ads_marketplaces: Country codes in which its advertising is connected; none: it is not.
        settings: The account's own choices, e.g. ``{"fc_delay_days": 3}``.
    """

    id: UUID
    slug: str
    region: Region
    marketplaces: tuple[str, ...]
    primary_marketplace: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    ads_marketplaces: tuple[str, ...] = ()

    @property
    def stores(self) -> tuple[Marketplace, ...]:
        """The marketplaces, in full."""
        return tuple(MARKETPLACES[code] for code in self.marketplaces)

    @property
    def zones(self) -> frozenset[ZoneInfo]:
        """Every zone in which one of the marketplaces closes its day."""
        return frozenset(store.zone for store in self.stores)
