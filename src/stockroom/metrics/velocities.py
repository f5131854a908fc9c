"""How fast each listing, and the pool behind it, sells: raw, and over days with stock only.

Windows are the complete marketplace days that end with the orders' last
complete day. A listing's velocity is its own Amazon demand; its pool's is what
all listings of the pool sold, multi-channel orders included: what cover needs.
"""

from __future__ import annotations

from stockroom.metrics.derivation.frames import Basis
from stockroom.metrics.derivation.velocity_table import VelocityRow, derive_velocities, index
from stockroom.metrics.pool_days import PoolDay
from stockroom.metrics.sku_days import SkuDay
from stockroom.metrics.stock import Stock
from stockroom.reports.listings import Listing
from stockroom.reports.stranded_inventory import StrandedStock
from stockroom.reports.suppressed_listings import SuppressedListing
from stockroom.spec.metric import Metric

ORDERED = Basis("ordered", "orders", SkuDay, SkuDay.units_ordered, SkuDay.mcf_units)


class Velocity(VelocityRow):
    """Velocities by the day of purchase."""

    __tablename__ = "velocities"
    __table_args__ = ({"schema": "metrics"},)


index(Velocity)

METRIC = Metric(
    name="velocities",
    fills=Velocity,
    reads=(SkuDay, PoolDay, Stock, Listing, StrandedStock, SuppressedListing),
    derive=derive_velocities(ORDERED, Velocity),
)
