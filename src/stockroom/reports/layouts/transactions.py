"""A page of transactions, flattened: one row per amount, beside the item and transaction it is of.

Amazon may give shapes that its model does not: what is not there is an empty
cell, and an amount that no breakdown explains is a row of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any


def rows(page: Any) -> Iterable[Any] | None:
    """The rows of one page; None: it has no list of transactions."""
    found = _inside(page, "payload").get("transactions")
    if not isinstance(found, list):
        return None
    return (row for transaction in found for row in _lines(transaction))


def _lines(transaction: Any) -> Iterator[dict[str, Any]]:
    """The leaves of a transaction, and what they leave open of its total."""
    told = Decimal(0)
    for item in _list(transaction, "items") or [transaction]:
        of_item = Decimal(0)
        for group, leaf in _leaves(item):
            amount = _inside(leaf, "breakdownAmount")
            of_item += _amount(amount)
            yield _line(transaction, item, amount, group, leaf.get("breakdownType"))
        left = Decimal(0) if item is transaction else _left(item, of_item)
        if left:
            yield _line(transaction, item, _rest(item, left))
        told += of_item + left
    if left := _left(transaction, told):
        yield _line(transaction, {}, _rest(transaction, left))


def _left(whole: Any, told: Decimal) -> Decimal:
    """What is open of a total; nothing where none is named."""
    total = _inside(whole, "totalAmount")
    return _amount(total) - told if total else Decimal(0)


def _line(
    transaction: Any, item: Any, amount: Any, group: Any = None, charge: Any = None
) -> dict[str, Any]:
    return {
        "transaction": transaction,
        "item": item,
        "product": _context(item, "ProductContext"),
        "deferred": _context(item, "DeferredContext") or _context(transaction, "DeferredContext"),
        "amount": amount,
        "group": group,
        "charge": charge,
    }


def _leaves(item: Any) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """Breakdowns without a breakdown of their own, each with the name of its branch."""
    waiting: list[tuple[Any, Mapping[str, Any]]] = [
        (None, one) for one in reversed(_list(item, "breakdowns"))
    ]
    while waiting:
        group, one = waiting.pop()
        group = group or one.get("breakdownType")
        inner = _list(one, "breakdowns")
        if not inner:
            yield group, one
        waiting.extend((group, each) for each in reversed(inner))


def _rest(whole: Any, left: Decimal) -> dict[str, Any]:
    currency = _inside(whole, "totalAmount").get("currencyCode")
    return {"currencyAmount": format(left, "f"), "currencyCode": currency}


def _amount(money: Mapping[str, Any]) -> Decimal:
    try:
        found = Decimal(str(money.get("currencyAmount", 0)))
    except InvalidOperation:
        return Decimal(0)
    return found if found.is_finite() else Decimal(0)


def _inside(value: Any, name: str) -> Mapping[str, Any]:
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _list(value: Any, name: str) -> list[Mapping[str, Any]]:
    found = value.get(name) if isinstance(value, Mapping) else None
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _context(item: Any, kind: str) -> Mapping[str, Any] | None:
    found = (one for one in _list(item, "contexts") if one.get("contextType") == kind)
    return next(found, None)
