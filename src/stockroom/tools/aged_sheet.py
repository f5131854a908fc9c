"""The columns of old stock: few that answer the question, many that Amazon gives beside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Integer, bindparam, case, func

from stockroom.metrics.aged_stock import AgedStock
from stockroom.spec.fact import table_of
from stockroom.tools.columns import iso_day, iso_instant, money, ratio
from stockroom.tools.layout import Field
from stockroom.tools.sheet import Sheet

BRACKETS: Final = (31, 61, 91, 181, 271, 366, 456)
"""Ages, in days, at which a bracket of Amazon's begins."""
_CHARGED: Final = ("181_210", "211_240", "241_270", "271_300", "301_330", "331_365", "366_455", "456_plus")  # fmt: skip

_C = table_of(AgedStock).c
# Whether the fee applies takes both windows: one that is unknown leaves all unknown.
_PROJECTED = case(
    (
        func.num_nulls(_C.projected_short_days, _C.projected_long_days) == 0,
        func.greatest(_C.projected_short_days, _C.projected_long_days),
    )
)


def _by_bracket() -> Iterator[Field]:
    for bracket in _CHARGED:
        days = bracket.replace("_", " to ").replace("to plus", "and more")
        units, fee = _C[f"ais_units_{bracket}"], _C[f"ais_{bracket}"]
        yield Field(
            f"ais_units_{bracket}", f"To be charged, {days} days.", units, "units", full=True
        )
        yield Field(f"ais_{bracket}", "Expected for these.", money(fee), "money", full=True)


_FIELDS = (
    Field("marketplace", "Country code.", _C.marketplace),
    Field("sku", "Seller SKU.", _C.sku),
    Field("age_0_180", "Units up to 180 days old.", _C.age_0_180, "units"),
    Field("age_181_270", "181 to 270 days.", _C.age_181_270, "units"),
    Field("age_271_365", "271 to 365 days.", _C.age_271_365, "units"),
    Field("age_366_plus", "366 days and more.", _C.age_366_plus, "units"),
    Field(
        "surcharge",
        "What Amazon expects to charge for age, all brackets.",
        money(_C.surcharge),
        "money",
    ),
    Field(
        "storage_next_month",
        "What Amazon expects the next month's storage to cost.",
        money(_C.storage_next_month),
        "money",
    ),
    Field("currency", "Of every amount in the row.", _C.currency),
    Field(
        "short_supply_days",
        "Amazon's 30-day historical days of supply; under 28 is low.",
        ratio(_C.short_supply_days),
        "days",
    ),
    Field(
        "long_supply_days",
        "Amazon's 90-day historical days of supply; under 28 is low.",
        ratio(_C.long_supply_days),
        "days",
    ),
    Field(
        "low_inventory_fee",
        "Amazon's verdict for this week: applied, exempt or not_applied; null where it has none.",
        _C.low_inventory_fee,
    ),
    Field(
        "projected_supply_days",
        "Ours, not Amazon's: the greater of projected_short_days and projected_long_days.",
        ratio(_PROJECTED),
        "days",
    ),
    Field("recommended_action", "Amazon's advice: data.", _C.recommended_action),
    Field(
        "projected_short_days",
        "Ours: the pool's mean on_hand ÷ mean units shipped a day, 30 days; see inventory_health.",
        ratio(_C.projected_short_days),
        "days",
        full=True,
    ),
    Field(
        "projected_long_days",
        "The same over 90 days.",
        ratio(_C.projected_long_days),
        "days",
        full=True,
    ),
    Field("supply_on", "Day of Amazon's days of supply.", iso_day(_C.supply_on), "date", full=True),
    Field(
        "minimum_level", "Amazon's minimum inventory level.", _C.minimum_level, "units", full=True
    ),
    Field("age_0_90", "0 to 90 days.", _C.age_0_90, "units", full=True),
    Field("age_91_180", "91 to 180 days.", _C.age_91_180, "units", full=True),
    Field("age_366_455", "366 to 455 days.", _C.age_366_455, "units", full=True),
    Field("age_456_plus", "456 days and more.", _C.age_456_plus, "units", full=True),
    *_by_bracket(),
    Field("excess_units", "More than Amazon finds useful.", _C.excess_units, "units", full=True),
    Field("alert", "Amazon's word: data.", _C.alert, full=True),
    Field(
        "recommended_removal_units",
        "Amazon advises to remove.",
        _C.recommended_removal_units,
        "units",
        full=True,
    ),
    Field(
        "recommended_price",
        "For the sale or outlet deal that Amazon advises.",
        money(_C.recommended_price),
        "money",
        full=True,
    ),
    Field(
        "recommended_sale_days",
        "How long it should last.",
        _C.recommended_sale_days,
        "days",
        full=True,
    ),
    Field(
        "expected_savings",
        "What following the advice saves, says Amazon.",
        money(_C.expected_savings),
        "money",
        full=True,
    ),
    Field("storage_month", "The last month charged.", iso_day(_C.storage_month), "date", full=True),
    Field(
        "storage_charged",
        "The pool's storage of that month, in the row's currency.",
        money(_C.storage_charged),
        "money",
        full=True,
    ),
    Field(
        "surcharge_day", "The last charge for age.", iso_day(_C.surcharge_day), "date", full=True
    ),
    Field(
        "surcharge_charged",
        "The pool's, on that day, in the row's currency.",
        money(_C.surcharge_charged),
        "money",
        full=True,
    ),
    Field("fnsku", "Amazon's label.", _C.fnsku, full=True),
    Field("asin", "Amazon's product.", _C.asin, full=True),
    Field("pool", "Rows with the same pool show the same units.", _C.pool, full=True),
    Field("ages_on", "Day of Amazon's ages.", iso_day(_C.ages_on), "date", full=True),
    Field("as_of", "When Amazon was asked.", iso_instant(_C.asked_at), "instant", full=True),
)
SHEET = Sheet(
    "aged_stock",
    table_of(AgedStock),
    _FIELDS,
    order=(_C.cost_rank, _C.marketplace, _C.sku),
    dated={"inventory_planning": iso_instant(_C.asked_at)},
    optional={"min_age": _C.oldest_days >= bindparam("min_age", type_=Integer())},
)
