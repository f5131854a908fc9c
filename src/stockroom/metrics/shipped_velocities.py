"""The velocities once more, by the day on which units left: what Amazon shipped from its network.

Windows end with the shipments' last complete day. Nothing the merchant ships is
in them.
"""

from __future__ import annotations

from stockroom.metrics.derivation.frames import Basis
from stockroom.metrics.derivation.velocity_table import VelocityRow, derive_velocities, index
from stockroom.metrics.pool_days import PoolDay
from stockroom.metrics.shipped_days import ShippedDay
from stockroom.metrics.stock import Stock
from stockroom.reports.listings import Listing
from stockroom.reports.stranded_inventory import StrandedStock
from stockroom.reports.suppressed_listings import SuppressedListing
from stockroom.spec.metric import Metric

SHIPPED = Basis(
    "shipped",
    "customer_shipments",
    ShippedDay,
    ShippedDay.units_shipped,
    ShippedDay.mcf_units,
    at_amazon=True,
)


class ShippedVelocity(VelocityRow):
    """Velocities by the day of shipment."""

    __tablename__ = "shipped_velocities"
    __table_args__ = ({"schema": "metrics"},)


index(ShippedVelocity)

METRIC = Metric(
    name="shipped_velocities",
    fills=ShippedVelocity,
    reads=(ShippedDay, PoolDay, Stock, Listing, StrandedStock, SuppressedListing),
    derive=derive_velocities(SHIPPED, ShippedVelocity),
)
