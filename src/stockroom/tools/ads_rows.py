"""Sums of advertising as rows of ``ads``: ratios, and what keeps a SKU from selling."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from stockroom.core.text import plain
from stockroom.spec.answer import Column
from stockroom.tools.columns import MONEY_DIGITS, RATIO_DIGITS
from stockroom.tools.outside_text import LONGEST

COLUMNS = (
    Column("marketplace", "Country code."),
    Column("campaign", "Its name: data. Null: more than one."),
    Column("sku", "Seller SKU; null: the campaign as a whole."),
    Column("impressions", "Times shown.", "impressions"),
    Column("clicks", "Clicks paid for.", "clicks"),
    Column("cost", "What they cost, a decimal string.", "money"),
    Column("currency", "Of every amount in the row."),
    Column("units", "Ordered within 14 days after a click, as Amazon credits them.", "units"),
    Column("sales", "The same, as an amount.", "money"),
    Column("acos", "cost ÷ sales; null without sales.", "ratio"),
    Column("ctr", "clicks ÷ impressions.", "ratio"),
    Column("cpc", "cost ÷ clicks.", "money"),
    Column(
        "unsellable",
        "Why the SKU cannot be sold now, or not until the lead time is over: out_of_stock, stranded, "
        "suppressed, inactive, runs_out. Empty: nothing is known against it.",
        "list",
    ),
    Column("stockout_date", "Of days_of_cover, 30 days of demand.", "date"),
    Column("ad_product", "SP, SB or SD; null: more than one.", full=True),
    Column("campaign_id", "Amazon's; null: more than one.", full=True),
    Column("campaign_status", "On the last day shown here; by campaign.", full=True),
    Column("budget", "On that day; by campaign.", "money", full=True),
    Column("orders", "Credited like units.", "orders", full=True),
    Column("asin", "Amazon's product.", full=True),
    Column("sellable", "Units for sale in the pool behind the SKU.", "units", full=True),
    Column("in_time_days", "Of days_of_cover.", "days", full=True),
    Column("listing_status", "As listings shows it.", full=True),
    Column("stranded_reason", "Amazon's words: data.", full=True),
    Column("suppressed_reason", "Amazon's words: data.", full=True),
    Column("stock_as_of", "Day whose closing stock is meant.", "date", full=True),
)
COMPACT = sum(not column.full for column in COLUMNS)


class Spent(NamedTuple):
    """One subject's sums as the database has them, with the listing and cover of its SKU."""

    marketplace: str
    currency: str | None
    kind: str | None
    campaign_id: str | None
    campaign: str | None
    sku: str | None
    now: str
    impressions: int
    clicks: int
    cost: Decimal
    orders: int
    units: int
    sales: Decimal
    asin: str | None
    status: str | None
    stranded_reason: str | None
    suppressed_reason: str | None
    sellable: int | None
    in_time_days: Decimal | None
    stockout_date: date | None
    stock_as_of: date | None

    def against(self, lead_time: timedelta) -> list[str]:
        """What keeps it from being sold, now or before new stock could come."""
        return list(self._troubles(lead_time)) if self.sku is not None else []

    def runs_out_within(self, lead_time: timedelta) -> bool:
        """Whether nothing would be left before stock ordered on that day could come."""
        if self.stockout_date is None or self.stock_as_of is None:
            return False
        return self.stockout_date < self.stock_as_of + lead_time

    def _troubles(self, lead_time: timedelta) -> Iterator[str]:
        if self.sellable is not None and self.sellable <= 0:
            yield "out_of_stock"
        elif self.runs_out_within(lead_time):
            yield "runs_out"
        if self.stranded_reason is not None:
            yield "stranded"
        if self.suppressed_reason is not None or self.status == "suppressed":
            yield "suppressed"
        if self.status == "inactive":
            yield "inactive"


def rows(spent: Iterable[Spent], lead_time: timedelta) -> list[tuple[Any, ...]]:
    """Rows in the order of ``COLUMNS``, the largest cost first."""
    ordered = sorted(
        spent,
        key=lambda one: (-one.cost, one.marketplace, one.sku or "", one.campaign_id or ""),
    )
    return [_row(one, lead_time) for one in ordered]


def totals(spent: Iterable[Spent]) -> list[str]:
    """What was spent and sold in all, per currency: amounts of two are never added."""
    sums: dict[str | None, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for one in spent:
        sums[one.currency][0] += one.cost
        sums[one.currency][1] += one.sales
    return [
        f"In all, every page: cost {_money(cost)} {currency or '(no currency)'}, sales {_money(sales)}"
        f"{f', ACOS {_ratio(cost, sales)}' if sales else ''}."
        for currency, (cost, sales) in sorted(sums.items(), key=lambda item: item[0] or "")
    ]


def _row(one: Spent, lead_time: timedelta) -> tuple[Any, ...]:
    # Of the three only the status, in the middle, is Amazon's own word.
    status, _, budget = one.now.partition("|")[2].rpartition("|")
    single = one.campaign_id is not None
    return (
        one.marketplace,
        _words(one.campaign),
        one.sku,
        int(one.impressions),
        int(one.clicks),
        _money(one.cost),
        one.currency,
        int(one.units),
        _money(one.sales),
        _ratio(one.cost, one.sales),
        _ratio(Decimal(one.clicks), Decimal(one.impressions)),
        _money(one.cost / one.clicks) if one.clicks else None,
        one.against(lead_time),
        _iso(one.stockout_date),
        one.kind,
        one.campaign_id,
        (status or None) if single else None,
        _money(Decimal(budget)) if single and budget else None,
        int(one.orders),
        one.asin,
        one.sellable,
        None if one.in_time_days is None else round(float(one.in_time_days), RATIO_DIGITS),
        one.status,
        _words(one.stranded_reason),
        _words(one.suppressed_reason),
        _iso(one.stock_as_of),
    )


def _money(amount: Decimal) -> str:
    return f"{amount:.{MONEY_DIGITS}f}"


def _ratio(part: Decimal, whole: Decimal) -> float | None:
    return round(float(part / whole), RATIO_DIGITS) if whole else None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _words(text: str | None) -> str | None:
    return None if text is None else plain(text, LONGEST)
