"""Listings as they live: price, promotion, trouble, and what customers did with them each day."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from datetime import UTC, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Final, NamedTuple

from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.world.catalog import Offering
from stockroom.simulator.world.records import country, dollars
from stockroom.simulator.world.views import ListingState

WANTED: Final = 0
ORDERED: Final = 1
REPLACED: Final = 2
MULTI: Final = 3
SENT: Final = 4
COUNTS: Final = 5
_AT: Final = attrgetter("at")


class Terms(NamedTuple):
    """What a listing says from ``at`` on; money in cents, instants in seconds since 1970."""

    at: int
    price: int
    sale: int | None
    sale_start: int
    sale_end: int
    promotion: str | None
    trouble: str | None
    """``stranded`` or ``suppressed``: nobody can buy."""


class Tally:
    """Units of a listing per day: one row of five counts, at ``WANTED`` to ``SENT``."""

    __slots__ = ("cancelled", "days", "today")

    def __init__(self) -> None:
        self.today = [0] * COUNTS
        self.days = array("l")
        """The rows of the days that are over, end to end."""
        self.cancelled: list[tuple[int, int, int, bool]] = []
        """(day of the order, units, visible from, multi-channel)."""

    @property
    def sold_yesterday(self) -> int:
        """Units ordered on the day before, in all channels."""
        return self.days[-COUNTS + ORDERED] + self.days[-COUNTS + MULTI]

    def turn(self) -> None:
        """Begin the next day."""
        self.days.extend(self.today)
        self.today = [0] * COUNTS


class Offer:
    """One product in one marketplace."""

    __slots__ = (
        "asin",
        "base",
        "country",
        "created_at",
        "currency",
        "discontinued_at",
        "history",
        "lift",
        "marketplace",
        "mean",
        "offering",
        "product",
        "sku",
        "tally",
        "terms",
    )

    def __init__(self, offering: Offering, scale: float) -> None:
        self.offering = offering
        self.product = offering.product
        self.sku = offering.product.sku
        self.asin = offering.product.asin
        self.marketplace = offering.marketplace
        self.country = country(offering.marketplace)
        self.currency = MARKETPLACES[offering.marketplace].currency
        self.base = offering.cents
        self.mean = offering.product.mean * offering.share * scale
        """Units wanted on an ordinary day at the base price."""
        self.lift = 1.0
        """What price and promotion make of the demand."""
        self.terms = Terms(0, self.base, None, 0, 0, None, None)
        self.created_at: int | None = None
        self.discontinued_at: int | None = None
        self.history: list[Terms] = []
        self.tally = Tally()

    @property
    def open(self) -> bool:
        """Customers can buy it, if there is stock."""
        return self.created_at is not None and self.terms.trouble is None

    @property
    def cents(self) -> int:
        """What a customer pays for a unit now."""
        return self.terms.price if self.terms.sale is None else self.terms.sale

    def change(self, terms: Terms, lift: float) -> None:
        """New terms from ``terms.at`` on, under which demand is ``lift`` times the ordinary."""
        self.terms = terms
        self.lift = lift
        self.history.append(terms)

    def listed_by(self, at: int) -> bool:
        """Whether the listing existed at the instant ``at``."""
        return self.created_at is not None and self.created_at <= at

    def state(
        self, at: int, network: str | None, fnsku: str | None, stock: int
    ) -> ListingState | None:
        """The listing at the instant ``at``, or None before it was created."""
        if self.created_at is None or not self.listed_by(at):
            return None
        terms = self.history[bisect_right(self.history, at, key=_AT) - 1]
        sale = terms.sale is not None
        # Every third product has price limits and a price for businesses.
        guarded = self.product.index % 3 == 0
        return ListingState(
            sku=self.sku,
            marketplace=self.marketplace,
            asin=self.asin,
            fnsku=fnsku,
            network=network,
            remote=self.offering.remote,
            title=self.product.title,
            product_type=self.product.product_type,
            channel="FBM" if self.product.merchant else "FBA",
            price=_money(terms.price),
            sale_price=_money(terms.sale) if terms.sale is not None else None,
            sale_start=datetime.fromtimestamp(terms.sale_start, UTC) if sale else None,
            sale_end=datetime.fromtimestamp(terms.sale_end, UTC) if sale else None,
            business_price=_money(terms.price * 95 // 100) if guarded else None,
            minimum_price=_money(self.base * 6 // 10) if guarded else None,
            maximum_price=_money(self.base * 2) if guarded else None,
            currency=self.currency,
            buyable=terms.trouble != "stranded" and stock > 0,
            discoverable=terms.trouble is None,
            issues=(terms.trouble,) if terms.trouble else (),
            merchant_quantity=stock if self.product.merchant else None,
            discontinued=self.discontinued_at is not None and self.discontinued_at <= at,
            created_at=datetime.fromtimestamp(self.created_at, UTC),
            updated_at=datetime.fromtimestamp(terms.at, UTC),
        )


def _money(cents: int) -> Decimal:
    return Decimal(dollars(cents))
