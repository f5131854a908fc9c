"""What the world shows to others: immutable pictures, each true as of one instant.

Nothing here knows how the world is generated; the wire and the truth read these
shapes only. Instants are UTC. Countries are ISO codes (``GB``), marketplaces
the codes of :mod:`stockroom.core.marketplaces` (``UK``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from stockroom.core.marketplaces import Region


@dataclass(frozen=True, slots=True)
class Seller:
    """One seller account of the pretend Amazon."""

    slug: str
    """The ``account`` id used everywhere."""
    name: str
    seller_id: str
    refresh_token: str
    ads_refresh_token: str
    """The grant of the advertising API: a separate authorisation."""
    region: Region
    marketplaces: tuple[str, ...]


class Event(NamedTuple):
    """Something that happened to units, an order or a listing. See ``states.KINDS``.

    ``from_state`` and ``to_state`` are None at the edge of the world and for
    events that move nothing. ``price`` is the line's for order events, the
    unit's for listing events, the payment for reimbursements, all of it for money.
    """

    seq: int
    at: datetime
    visible_at: datetime
    """When Amazon's interfaces begin to show it."""
    account: str
    network: str | None
    country: str | None
    fc: str | None
    fnsku: str | None
    msku: str
    asin: str
    kind: str
    units: int
    from_state: str | None
    to_state: str | None
    disposition: str
    channel: str
    """``FBA`` or ``FBM``."""
    marketplace: str | None
    refs: dict[str, Any]
    price: str | None
    currency: str | None
    cause: str | None


@dataclass(frozen=True, slots=True)
class LineState:
    """One line of an order. Two lines of one order may carry the same SKU."""

    order_item_id: str
    sku: str
    asin: str
    fnsku: str | None
    title: str
    ordered: int
    cancelled: int
    price: Decimal | None
    """The line's price for the units not cancelled; None while unpaid or wholly cancelled."""
    currency: str
    promotion_ids: tuple[str, ...]
    item_status: str
    """``Unshipped``, ``Shipped`` or ``Cancelled``."""


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order as Amazon shows it at one instant."""

    order_id: str
    purchase_at: datetime
    last_updated_at: datetime
    status: str
    """``Pending``, ``Unshipped``, ``Shipped`` or ``Cancelled``."""
    channel: str
    """``amazon_fba``, ``amazon_fbm`` or ``mcf``."""
    merchant_order_id: str
    """The seller's own id of a multi-channel order; else empty."""
    marketplace: str
    ship_country: str
    replacement: bool
    lines: tuple[LineState, ...]


class LedgerDay(NamedTuple):
    """One day of one (country, FNSKU, MSKU, disposition), outflows negative.

    ``starting`` + movements, ``unknown`` among them, = ``ending``; ``in_transit`` (between warehouses) is
    beside the balance, not in it, and stands where the units left from.
    """

    day: date
    """The network's calendar day."""
    network: str
    country: str
    fnsku: str
    msku: str
    asin: str
    title: str
    disposition: str
    starting: int
    in_transit: int
    receipts: int
    customer_shipments: int
    customer_returns: int
    vendor_returns: int
    transfers: int
    found: int
    lost: int
    damaged: int
    disposed: int
    other: int
    ending: int
    unknown: int


@dataclass(frozen=True, slots=True)
class PoolStock:
    """Where a pool's units are at one instant: physical, no delay."""

    sellable: int
    reserved_orders: int
    fc_transfer: int
    fc_processing: int
    researching: int
    customer_damaged: int
    warehouse_damaged: int
    distributor_damaged: int
    carrier_damaged: int
    defective: int
    expired: int
    inbound_working: int
    inbound_shipped: int
    inbound_receiving: int

    @property
    def on_hand(self) -> int:
        """Units in Amazon's network in sellable condition, reserved ones included."""
        return self.sellable + self.reserved_orders + self.fc_transfer + self.fc_processing

    @property
    def unsellable(self) -> int:
        """Units in Amazon's network that cannot be sold, whatever the reason."""
        return (
            self.customer_damaged
            + self.warehouse_damaged
            + self.distributor_damaged
            + self.carrier_damaged
            + self.defective
            + self.expired
        )


class AdDay(NamedTuple):
    """A day of one ad, or of one brand campaign, as far as it is shown at one instant."""

    day: date
    """The marketplace's calendar day of impressions and clicks."""
    visible_at: datetime
    """When all of its traffic is shown."""
    marketplace: str
    profile_id: str
    product: str
    """``SPONSORED_PRODUCTS``, ``SPONSORED_BRANDS`` or ``SPONSORED_DISPLAY``."""
    campaign_id: str
    campaign: str
    campaign_status: str
    """``ENABLED`` or ``PAUSED``."""
    budget: Decimal
    """A day's."""
    ad_group_id: str
    ad_group: str
    ad_id: str | None
    sku: str | None
    asin: str | None
    impressions: int
    clicks: int
    cost: Decimal
    currency: str
    orders: tuple[tuple[int, int, Decimal], ...]
    """Order lines credited to its clicks: days from click to order, units, amount."""


@dataclass(frozen=True, slots=True)
class ListingState:
    """One SKU in one marketplace at one instant."""

    sku: str
    marketplace: str
    asin: str
    fnsku: str | None
    network: str | None
    """The pool that serves it is (network, fnsku); None for merchant-fulfilled listings."""
    remote: bool
    """Served by another marketplace's network (remote fulfilment)."""
    title: str
    product_type: str
    channel: str
    """``FBA`` or ``FBM``."""
    price: Decimal
    sale_price: Decimal | None
    sale_start: datetime | None
    sale_end: datetime | None
    business_price: Decimal | None
    minimum_price: Decimal | None
    maximum_price: Decimal | None
    currency: str
    buyable: bool
    discoverable: bool
    issues: tuple[str, ...]
    """``stranded`` or ``suppressed``, while it lasts."""
    merchant_quantity: int | None
    """Units the merchant offers; None for FBA."""
    discontinued: bool
    """Not bought in any more."""
    created_at: datetime
    updated_at: datetime
