"""The sheet of ``inventory_health``."""

from __future__ import annotations

from sqlalchemy import Integer, bindparam

from stockroom.metrics.health import Health
from stockroom.spec.fact import table_of
from stockroom.tools.columns import iso_day, ratio
from stockroom.tools.layout import Field
from stockroom.tools.sheet import Sheet

_T = table_of(Health)
_C = _T.c
_FIELDS = (
    Field("marketplace", "Country code.", _C.marketplace),
    Field("sku", "Seller SKU.", _C.sku),
    Field(
        "in_time_days",
        "Cover with what lands in time, by the pool's 30-day demand; see days_of_cover.",
        ratio(_C.in_time_days),
        "days",
    ),
    Field("band", "How urgent that is; thresholds are in notes.", _C.band),
    Field(
        "weeks_of_cover",
        "(sellable + FC transfer + FC processing) ÷ a week's demand; 4 to 8 is usual.",
        ratio(_C.weeks_of_cover),
        "weeks",
    ),
    Field(
        "sell_through",
        "The pool's units shipped, all channels, ÷ its mean daily on_hand; null when fewer than "
        "half of the days are known.",
        ratio(_C.sell_through),
        "ratio",
    ),
    Field(
        "stockout_rate",
        "days_out ÷ days_observed; null for listings that are not active, are archived, or had "
        "neither stock nor sales for 180 days.",
        ratio(_C.stockout_rate),
        "share",
    ),
    Field("days_out", "No stock at start and end.", _C.days_out, "days"),
    Field("days_observed", "In stock, partly, or out.", _C.days_observed, "days"),
    Field("days_blocked", "Nobody could buy: in no rate.", _C.days_blocked, "days"),
    Field(
        "days_unknown", "Neither ledger nor snapshot tells: in no rate.", _C.days_unknown, "days"
    ),
    Field(
        "lost_units",
        "An estimate: out days × the adjusted velocity of the 60 days before each stockout.",
        ratio(_C.lost_units),
        "units",
    ),
    Field(
        "accuracy",
        "Of Amazon's books of the pool: 1 − Σ|expected − ending| ÷ Σ ending, Unknown Events out.",
        ratio(_C.accuracy),
        "share",
    ),
    Field(
        "exact_share",
        "Balances (day × country) without difference.",
        ratio(_C.exact_share),
        "share",
    ),
    Field(
        "live_agreement",
        "1 − |live_difference| ÷ the units the ledger lets expect.",
        ratio(_C.live_agreement),
        "share",
        full=True,
    ),
    Field(
        "live_difference",
        "Live on_hand less the ledger's of live_day, movements between taken out; null until a "
        "morning was seen that the ledger has closed.",
        _C.live_difference,
        "units",
        full=True,
    ),
    Field("live_day", "The ledger's day.", iso_day(_C.live_day), "date", full=True),
    Field("units_shipped", "The pool's, replacements out.", _C.units_shipped, "units", full=True),
    Field("mean_on_hand", "Over known days.", ratio(_C.mean_on_hand), "units", full=True),
    Field("days_judged", "Out days behind lost_units.", _C.days_judged, "days", full=True),
    Field("eligible", "Whether stockouts are counted.", _C.eligible, "bool", full=True),
    Field("pool", "Rows with the same pool share its stock.", _C.pool, full=True),
    Field("as_of", "Last day of the orders' window.", iso_day(_C.as_of), "date", full=True),
)
SHEET = Sheet(
    "inventory_health",
    _T,
    _FIELDS,
    order=(_C.in_time_rank, _C.marketplace, _C.sku),
    dated={
        "orders": iso_day(_C.as_of),
        "customer_shipments": iso_day(_C.shipped_as_of),
        "ledger_summary": iso_day(_C.ledger_as_of),
    },
    always=(_C.window_days == bindparam("window", type_=Integer()),),
)
