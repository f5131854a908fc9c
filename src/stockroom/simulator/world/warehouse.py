"""Pools and their units: every move goes through :meth:`Pool.move`, and nowhere else.

It is the one place that knows a balance, so a unit cannot be in two states, and
the ledger cannot disagree with the shelves.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from stockroom.simulator.world.catalog import PoolPlan, Product
from stockroom.simulator.world.ledger import Book
from stockroom.simulator.world.records import Record
from stockroom.simulator.world.states import (
    CUSTOMER,
    CUSTOMER_DAMAGED,
    EXPIRED,
    MERCHANT,
    MERCHANT_RESERVED,
    NAMES,
    OUTSIDE,
    PROCESSING,
    RESERVED,
    SELLABLE,
    SELLABLE_DISPOSITION,
    TRANSFER,
    Step,
    step,
)

if TYPE_CHECKING:
    from stockroom.simulator.world.offers import Offer

CLOSING_COLUMNS: Final = 6
_UNSELLABLE: Final = slice(CUSTOMER_DAMAGED, EXPIRED + 1)


class Lot:
    """Units of one MSKU in one warehouse (on a merchant's shelf: ``fc`` is None)."""

    __slots__ = ("books", "country", "fc", "msku", "sellable")

    def __init__(self, fc: str | None, country: str, msku: str) -> None:
        self.fc = fc
        self.country = country
        self.msku = msku
        self.sellable = 0
        self.books: dict[str, Book] = {}


class Pool:
    """Stock that serves a set of listings."""

    __slots__ = (
        "_books",
        "_touched",
        "awd",
        "balances",
        "closings",
        "fnsku",
        "held",
        "home",
        "log",
        "lots",
        "merchant",
        "network",
        "offers",
        "product",
        "received_today",
        "releasing",
        "reserving",
        "shelf",
        "shipping",
    )

    def __init__(self, plan: PoolPlan, offers: list[Offer], log: list[Record]) -> None:
        self.network = plan.network
        self.fnsku = plan.fnsku
        self.merchant = plan.network is None
        self.product: Product = plan.offerings[0].product
        self.offers = offers
        self.awd = plan.network == "NA_US" and self.product.awd
        """Its stock passes through a distribution centre."""
        self.home = offers[0]
        self.log = log
        self.shelf = MERCHANT if self.merchant else SELLABLE
        self.held = MERCHANT_RESERVED if self.merchant else RESERVED
        self.reserving = step("reserved", self.shelf, self.held)
        self.releasing = step("cancelled", self.held, self.shelf)
        self.shipping = step("shipped", self.held, CUSTOMER)
        self.balances = [0] * len(NAMES)
        self.closings = array("l")
        """Per day that is over: sellable, reserved, transfer, processing, unsellable, received."""
        self.received_today = 0
        self._touched: dict[Book, None] = {}
        self._books: dict[tuple[str, str, str], Book] = {}
        places: list[tuple[str | None, str]] = [*plan.warehouses] or [(None, self.home.country)]
        mskus = dict.fromkeys(offer.sku for offer in offers)
        self.lots = [Lot(fc, place, msku) for fc, place in places for msku in mskus]

    @property
    def mskus(self) -> list[str]:
        """The MSKUs whose units lie here; more than one shares the FNSKU."""
        return list(dict.fromkeys(lot.msku for lot in self.lots))

    def books(self) -> list[Book]:
        """Every ledger book of the pool that was ever opened."""
        return list(self._books.values())

    def move(
        self,
        step: Step,
        at: int,
        seen: int,
        lot: Lot,
        units: int,
        *,
        refs: dict[str, Any] | None = None,
        offer: Offer | None = None,
        cause: str | None = None,
        cents: int | None = None,
    ) -> None:
        """Let ``units`` at ``lot`` take ``step``, and write it down."""
        kind, source, target, column, outflow, inflow = step
        balances = self.balances
        balances[source] -= units
        balances[target] += units
        if source == self.shelf:
            lot.sellable -= units
        elif target == self.shelf:
            lot.sellable += units
        if column is not None and not self.merchant:
            if outflow:
                self._open(lot, outflow).enter(column, -units)
            if inflow:
                self._open(lot, inflow).enter(column, units)
        self.log.append(
            Record(at, seen, kind, self, offer, lot, units, source, target, refs, cents, cause)
        )

    def note(
        self,
        kind: str,
        at: int,
        seen: int,
        units: int,
        offer: Offer | None,
        *,
        refs: dict[str, Any] | None = None,
        cause: str | None = None,
        cents: int | None = None,
        lot: Lot | None = None,
    ) -> None:
        """Write down something that moves no unit."""
        self.log.append(
            Record(at, seen, kind, self, offer, lot, units, OUTSIDE, OUTSIDE, refs, cents, cause)
        )

    def leave(self, lot: Lot, units: int) -> None:
        """Count ``units`` as being on their way from ``lot`` (negative: they have arrived)."""
        self._open(lot, SELLABLE_DISPOSITION).in_transit += units

    def close(self, day: int) -> None:
        """End day number ``day``: close the books, keep the closing stock."""
        for book in self._touched:
            book.close(day)
        self._touched.clear()
        balances = self.balances
        self.closings.extend(
            (
                balances[self.shelf],
                balances[self.held],
                balances[TRANSFER],
                balances[PROCESSING],
                sum(balances[_UNSELLABLE]),
                self.received_today,
            )
        )
        self.received_today = 0

    def recount(self) -> None:
        """Put the closing of the day just over right: something came in after it was played."""
        self.closings[-CLOSING_COLUMNS] = self.balances[self.shelf]
        self.closings[-CLOSING_COLUMNS + 1] = self.balances[self.held]

    @property
    def closed_with_stock(self) -> bool:
        """Something was left to sell at the end of yesterday."""
        return self.closings[-CLOSING_COLUMNS] > 0

    def _open(self, lot: Lot, disposition: str) -> Book:
        book = lot.books.get(disposition)
        if book is None:
            key = (lot.country, lot.msku, disposition)
            book = self._books.setdefault(key, Book(*key))
            lot.books[disposition] = book
        self._touched[book] = None
        return book


class Goods(NamedTuple):
    """Some units of a pool at one place."""

    pool: Pool
    lot: Lot
    units: int
