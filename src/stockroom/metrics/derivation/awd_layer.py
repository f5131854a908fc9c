"""Units at Amazon's distribution centres (AWD): a layer beside the pool they can go to, never in it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, Text, and_, case, cast, func, literal, select

from stockroom.core.marketplaces import MARKETPLACES
from stockroom.metrics.derivation.closings import newest_day
from stockroom.reports.awd_inventory import REPORT, AwdStock

_HOME = MARKETPLACES["US"]
"""The one marketplace whose pools such centres supply."""


class AwdLayer:
    """What lies beside each pool, by the newest snapshot.

    Args:
        listed: Listings with their pools (``pool``, ``marketplace``, ``sku``, ``network``,
            ``channel``).
    """

    def __init__(self, listed: CTE) -> None:
        self._listed = listed
        row, here = AwdStock, listed.c.marketplace == literal(_HOME.code, Text)
        self.pools = (
            select(
                listed.c.pool,
                cast(func.sum(row.on_hand), Integer).label("awd"),
                cast(func.sum(row.inbound), Integer).label("awd_inbound"),
            )
            .join_from(listed, row, and_(here, row.sku == listed.c.sku))
            .where(row.day == newest_day(REPORT.name))
            .group_by(listed.c.pool)
            .cte("beside_pools")
        )
        """Pools that have such units."""

    def columns(self) -> tuple[ColumnElement[Any], ...]:
        """Units of a listing and the day they are of: none where a load showed none, null if unknown."""
        supplied = and_(
            self._listed.c.network == literal(_HOME.network, Text),
            self._listed.c.channel != literal("FBM", Text),
        )
        day = newest_day(REPORT.name)
        known = and_(supplied, day.is_not(None))
        units = (
            case((known, func.coalesce(self.pools.c[name], 0))).label(name)
            for name in ("awd", "awd_inbound")
        )
        return (*units, case((supplied, day)).label("awd_day"))
