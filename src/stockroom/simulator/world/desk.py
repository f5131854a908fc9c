"""The listing desk: listings are created, repriced, promoted, and get into trouble."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from stockroom.simulator.world.floor import Floor
from stockroom.simulator.world.offers import Offer, Terms
from stockroom.simulator.world.records import iso
from stockroom.simulator.world.warehouse import Pool

_ENDING: Final = {"stranded": "unstranded", "suppressed": "unsuppressed"}
REASONS: Final = {
    "stranded": "The offer was closed while units are in stock",
    "suppressed": "The main image is missing",
}
"""Why a listing is in trouble."""


class Desk:
    """Whoever looks after one counter's listings. Changes are public at once."""

    __slots__ = ("_choices", "_quiet", "floor")

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        parameters = floor.parameters
        self._choices: tuple[tuple[float, Callable[..., None], tuple[Any, ...]], ...] = (
            (parameters.price_change_rate, self._reprice, ()),
            (parameters.promotion_rate, self._promote, ()),
            (parameters.strand_rate, self._trouble, ("stranded",)),
            (parameters.suppress_rate, self._trouble, ("suppressed",)),
        )
        self._quiet = sum(share for share, _, _ in self._choices)

    def create(self, pool: Pool, offer: Offer) -> None:
        """The listing goes live as today begins."""
        at = self.floor.opened
        offer.created_at = at
        self._change(offer, offer.terms._replace(at=at))
        pool.note("listing_created", at, at, 0, offer, cents=offer.base)

    def discontinue(self, pool: Pool, offer: Offer) -> None:
        """What is left of it is sold; nothing more is bought in."""
        at = self.floor.opened
        offer.discontinued_at = at
        pool.note("discontinued", at, at, 0, offer)

    def consider(self, pool: Pool, offer: Offer) -> None:
        """Decide whether something happens to the listing today: at most one thing."""
        floor = self.floor
        chance = floor.draw()
        if chance >= self._quiet or not offer.open or offer.terms.sale is not None:
            return
        for share, act, args in self._choices:
            if chance < share:
                floor.today(floor.some_time(), act, pool, offer, *args)
                return
            chance -= share

    def _change(self, offer: Offer, terms: Terms) -> None:
        parameters = self.floor.parameters
        cheaper = (terms.price / offer.base) ** -parameters.price_elasticity
        offer.change(terms, cheaper if terms.sale is None else parameters.promotion_lift)

    def _reprice(self, at: int, pool: Pool, offer: Offer) -> None:
        # Prices wander, but never far from where they belong.
        factor = 1 + 0.18 * (self.floor.draw() - 0.5)
        price = (offer.terms.price + offer.base) / 2 * factor
        cents = max(149, round(price / 50) * 50 - 1)
        if cents != offer.terms.price:
            self._change(offer, offer.terms._replace(at=at, price=cents))
            pool.note("price_changed", at, at, 0, offer, cents=cents)

    def _promote(self, at: int, pool: Pool, offer: Offer) -> None:
        floor = self.floor
        percent = 10 + 5 * int(floor.draw() * 5)
        sale = offer.terms.price * (100 - percent) // 100
        promotion = f"PAWS-V2-{int(floor.draw() * 10**12):012d}"
        day = floor.day + 3 + int(floor.draw() * 8)
        end = floor.calendar.closes(day) - 1
        terms = offer.terms._replace(
            at=at, sale=sale, sale_start=at, sale_end=end, promotion=promotion
        )
        self._change(offer, terms)
        refs = {"promotion_id": promotion, "percent": percent, "ends_at": iso(end)}
        pool.note("promotion_started", at, at, 0, offer, refs=refs, cents=sale)
        floor.soon(at, end - at, self._end_promotion, pool, offer)

    def _end_promotion(self, at: int, pool: Pool, offer: Offer) -> None:
        refs = {"promotion_id": offer.terms.promotion}
        terms = offer.terms._replace(at=at, sale=None, sale_start=0, sale_end=0, promotion=None)
        self._change(offer, terms)
        pool.note("promotion_ended", at, at, 0, offer, refs=refs, cents=offer.terms.price)

    def _trouble(self, at: int, pool: Pool, offer: Offer, kind: str) -> None:
        self._change(offer, offer.terms._replace(at=at, trouble=kind))
        pool.note(kind, at, at, 0, offer, cause=REASONS[kind])
        self.floor.later(1 + 7 * self.floor.draw(), self._mend, pool, offer, kind)

    def _mend(self, at: int, pool: Pool, offer: Offer, kind: str) -> None:
        self._change(offer, offer.terms._replace(at=at, trouble=None))
        pool.note(_ENDING[kind], at, at, 0, offer)
