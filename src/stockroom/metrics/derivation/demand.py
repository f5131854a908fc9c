"""What order lines add up to: the same columns per SKU and per marketplace."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, case, func

from stockroom.reports.orders import OrderLine

STANDING = func.lower(OrderLine.order_status) != "cancelled"
LINE_STANDING = func.lower(func.coalesce(OrderLine.item_status, "")) != "cancelled"
_SOLD = (OrderLine.channel == "amazon") & ~OrderLine.replacement
_MCF = OrderLine.channel != "amazon"


def demand_columns() -> list[ColumnElement[Any]]:
    """Units, orders and revenue of a group of order lines, named as in the tables."""
    units, order = func.sum(OrderLine.units_ordered), func.count(OrderLine.order_id.distinct())
    unpriced = _SOLD & OrderLine.item_price.is_(None)
    one_currency = func.min(OrderLine.currency) == func.max(OrderLine.currency)
    return [
        func.coalesce(units.filter(_SOLD), 0).label("units_ordered"),
        func.coalesce(units.filter(_MCF), 0).label("mcf_units"),
        func.coalesce(units.filter(OrderLine.replacement), 0).label("replacement_units"),
        func.coalesce(units.filter(unpriced), 0).label("unpriced_units"),
        order.filter(_SOLD).label("orders"),
        order.filter(_MCF).label("mcf_orders"),
        # Amounts of two currencies are never added up.
        case((one_currency, func.sum(OrderLine.item_price).filter(_SOLD))).label("revenue"),
        case((one_currency, func.min(OrderLine.currency))).label("currency"),
    ]
