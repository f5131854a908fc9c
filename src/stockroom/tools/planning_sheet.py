"""``planning_inputs`` as they were said: what is on file now, and every version of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from sqlalchemy import Text, and_, case, cast, func

from stockroom.records.input_kinds import INPUT_KINDS
from stockroom.records.planning_inputs import PlanningInput
from stockroom.spec.fact import table_of
from stockroom.tools.columns import iso_instant
from stockroom.tools.layout import Field
from stockroom.tools.planning_values import spelled_value
from stockroom.tools.sheet import Page, Sheet

TABLE = table_of(PlanningInput)
_C = TABLE.c
IN_FORCE = and_(_C.superseded_at.is_(None), _C.withdrawn.is_(False))
_LEVEL = case((_C.sku != "", "sku"), (_C.product_group != "", "product_group"), else_="account")
_FIELDS = (
    Field("marketplace", "Country code.", _C.marketplace),
    Field("sku", "Seller SKU; null: for a group or for all.", func.nullif(_C.sku, "")),
    Field(
        "product_group",
        "The group it was said for; with sku asked: the group of that SKU.",
        func.nullif(_C.product_group, ""),
    ),
    Field("input", "Its name, with the unit at the end.", _C.input),
    Field(
        "value",
        "Whole numbers as such, others and money as decimal strings; null: nothing is set.",
        func.coalesce(_C.label, cast(_C.value, Text())),
    ),
    Field("unit", "days, units, percent, money or text.", _C.unit),
    Field("currency", "Of money.", _C.currency),
    Field("source", "Where it comes from: sku, product_group, account or default.", _LEVEL),
    Field("set_by", "Who said it.", _C.said_by),
    Field("valid_from", "Since when it counts.", iso_instant(_C.said_at), "instant"),
    Field(
        "valid_until", "Until when; null: still.", iso_instant(_C.superseded_at), "instant", True
    ),
    Field("version", "1, 2, 3 …", _C.version, "number", full=True),
    Field("change_id", "The change by which it was said.", cast(_C.change_id, Text()), full=True),
)
_ORDER = (_C.sku, _C.product_group, _C.input, _C.marketplace, _C.version)
ON_FILE = Sheet("planning_inputs", TABLE, _FIELDS, order=_ORDER, dated={}, always=(IN_FORCE,))
HISTORY = Sheet("planning_inputs:history", TABLE, _FIELDS, order=_ORDER, dated={})


def spelled(page: Page) -> Page:
    """The page with its values as they are shown everywhere."""
    name, value = page.columns.index("input"), page.columns.index("value")
    rows = [(*row[:value], _spelled(row[name], row[value]), *row[value + 1 :]) for row in page.rows]
    return replace(page, rows=rows)


def _spelled(name: str, value: str | None) -> int | str | None:
    kind = INPUT_KINDS.get(name)
    if value is None or kind is None or kind.unit == "text":
        return value
    return spelled_value(kind, Decimal(value))
