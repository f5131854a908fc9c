"""One row of stock and its velocity made into a cover: the arithmetic between two tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from math import floor
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from stockroom.core.errors import InvalidInputError
from stockroom.metrics.derivation.closings import closing_day
from stockroom.metrics.formulas.bands import Bands
from stockroom.metrics.formulas.walk import Arrival, walk

FC_DELAY_DAYS = 3
"""Days until units between or inside warehouses are for sale, unless the account says otherwise."""
LONGEST_DELAY_DAYS = 60
TRANSIT_DAYS = 21
"""From first sight of a shipment to its units for sale, where nothing better is known."""
LONGEST_TRANSIT_DAYS = 365
RANKS_PER_DAY = 10_000
LAST_RANK = 2_147_483_647
_EXACT = Context(prec=28)


class Shelf(NamedTuple):
    """What is read per listing and window: its pool's units and the velocities' parts."""

    window_days: int
    marketplace: str
    sku: str
    pool: str
    sellable: int | None
    arriving: int
    asked_at: datetime | None
    pool_units: int
    pool_days: int
    pool_units_in: int
    pool_days_in: int
    local: Decimal | None
    velocity_as_of: date


class Coming(NamedTuple):
    """Units of one pool that a shipment is expected to bring."""

    day: date
    units: int
    eta_source: str


class Cover(NamedTuple):
    """What is written, in the table's words."""

    window_days: int
    marketplace: str
    sku: str
    pool: str
    sellable: int | None
    arriving: int
    inbound_units: int
    next_arrival_on: date | None
    eta_source: str | None
    velocity: Decimal | None
    velocity_kind: str | None
    velocity_local: Decimal | None
    on_hand_days: Decimal | None
    in_time_days: Decimal | None
    all_days: Decimal | None
    in_time_rank: int
    stockout_date: date | None
    mended_on: date | None
    gap_days: int | None
    weeks_of_cover: Decimal | None
    band: str | None
    as_of: date | None
    velocity_as_of: date


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What an account's settings say about cover.

    Args:
        bands: Thresholds.
        fc_delay: From ``as_of`` to the day on which units inside the network are for sale.
        transit_days: From first sight of a shipment to its arrival, where nothing else is known.
    """

    bands: Bands
    fc_delay: timedelta
    transit_days: int

    @classmethod
    def of_settings(cls, settings: Mapping[str, Any]) -> Assumptions:
        """Read them, ours where the account says nothing.

        Raises:
            InvalidInputError: A setting cannot be used.
        """
        return cls(
            Bands.of_settings(settings),
            timedelta(days=_days(settings, "fc_delay_days", FC_DELAY_DAYS, LONGEST_DELAY_DAYS)),
            _days(settings, "transit_days", TRANSIT_DAYS, LONGEST_TRANSIT_DAYS),
        )


def _days(settings: Mapping[str, Any], name: str, default: int, most: int) -> int:
    days = settings.get(name, default)
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= most:
        raise InvalidInputError(
            f"The setting {name} cannot be used.",
            field=f"settings.{name}",
            next_step=f"Set whole days from 1 to {most}; nothing arrives before tomorrow.",
        )
    return days


def velocity_of(shelf: Shelf, least_in_days: int) -> tuple[Fraction | None, str | None]:
    """The pool's velocity as an exact fraction, and which one it is."""
    if shelf.pool_days_in >= least_in_days:
        return Fraction(shelf.pool_units_in, shelf.pool_days_in), "adjusted"
    if shelf.pool_days:
        return Fraction(shelf.pool_units, shelf.pool_days), "raw"
    return None, None


def cover_of(
    shelf: Shelf,
    zone: ZoneInfo,
    given: Assumptions,
    least_in_days: int,
    shipments: Sequence[Coming] = (),
) -> Cover:
    """How long the shelf lasts.

    Args:
        shelf: Units and demand of the pool.
        zone: In which the marketplace closes its day.
        given: The account's assumptions.
        least_in_days: Below so many days in stock the raw velocity counts.
        shipments: What is on its way to the pool.
    """
    first = min(shipments, default=None)
    velocity, kind = velocity_of(shelf, least_in_days)
    as_of = closing_day(shelf.asked_at, zone) if shelf.asked_at else None
    blank = Cover(
        window_days=shelf.window_days,
        marketplace=shelf.marketplace,
        sku=shelf.sku,
        pool=shelf.pool,
        sellable=shelf.sellable,
        arriving=shelf.arriving,
        inbound_units=sum(coming.units for coming in shipments),
        next_arrival_on=first.day if first else None,
        eta_source=first.eta_source if first else None,
        velocity=_decimal(velocity),
        velocity_kind=kind,
        velocity_local=shelf.local,
        on_hand_days=None,
        in_time_days=None,
        all_days=None,
        in_time_rank=LAST_RANK,
        stockout_date=None,
        mended_on=None,
        gap_days=None,
        weeks_of_cover=None,
        band=None,
        as_of=as_of,
        velocity_as_of=shelf.velocity_as_of,
    )
    if not velocity:
        return blank._replace(band=given.bands.judge(shelf.sellable or 0, velocity, None, None))
    if shelf.sellable is None or as_of is None:
        return blank
    arrivals = [Arrival(coming.day, coming.units) for coming in shipments]
    if shelf.arriving:
        arrivals.append(Arrival(as_of + given.fc_delay, shelf.arriving))
    return _walked(blank, shelf.sellable, velocity, arrivals, given)


def _walked(
    blank: Cover,
    sellable: int,
    velocity: Fraction,
    arrivals: Sequence[Arrival],
    given: Assumptions,
) -> Cover:
    assert blank.as_of is not None
    end = walk(sellable, velocity, arrivals, blank.as_of)
    everything = (sellable + sum(arrival.units for arrival in arrivals)) / velocity
    return blank._replace(
        on_hand_days=_decimal(sellable / velocity),
        in_time_days=_decimal(end.in_time_days),
        all_days=_decimal(everything),
        in_time_rank=floor(end.in_time_days * RANKS_PER_DAY),
        stockout_date=end.stockout_date,
        mended_on=end.mended_on,
        gap_days=end.gap_days,
        weeks_of_cover=_decimal((sellable + blank.arriving) / (7 * velocity)),
        band=given.bands.judge(sellable, velocity, end.in_time_days, everything),
    )


def _decimal(number: Fraction | None) -> Decimal | None:
    if number is None:
        return None
    return _EXACT.divide(Decimal(number.numerator), Decimal(number.denominator))
