"""What goes into an inbound plan when SKUs are named without units: what replenishment says to send."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import Marketplace
from stockroom.core.text import plain
from stockroom.spec.tool import Ground
from stockroom.tools.asked import Asked
from stockroom.tools.doubts import doubts
from stockroom.tools.inbound_items import MOST_UNITS, Item
from stockroom.tools.outlook import Outlook
from stockroom.tools.outlooks import SHEET, outlooks
from stockroom.tools.replenishment_facts import arithmetic

_FROM = ("inventory", "orders", "inbound_items")
"""What candidates are made from, beside what is said."""


class Sent(NamedTuple):
    """What to send.

    Args:
        items: Units of each SKU.
        why: Their arithmetic and its days, in the same order; empty where somebody gave the units.
        warnings: Who was left out, and why; whose units no reserve bounds; who does not sell; what
            is in plans or announced already; what is not fresh.
        runs: By SKU, the run that supplied the figures of its arithmetic.
    """

    items: list[Item]
    why: Sequence[Mapping[str, Any]] = ()
    warnings: tuple[str, ...] = ()
    runs: Mapping[str, str] = MappingProxyType({})

    @property
    def told(self) -> dict[str, Any]:
        """The arithmetic as it is shown."""
        return {"why": list(self.why)} if self.why else {}


async def to_send(
    ground: Ground, market: Marketplace, items: list[Item] | None, skus: Sequence[str] | None
) -> Sent:
    """What was asked for: items as they are, or what replenishment tells of SKUs now.

    Raises:
        InvalidInputError: Neither or both are given, or none of the SKUs has units to send.
    """
    if items is not None and skus is None:
        return Sent(items)
    if items is None and skus is not None:
        return await _candidates(ground, market, skus)
    raise InvalidInputError(
        "A plan is made from items or from skus: from exactly one of them.",
        field="items",
        next_step="Give items (sku and units), or skus to send what replenishment says.",
    )


async def _candidates(ground: Ground, market: Marketplace, skus: Sequence[str]) -> Sent:
    db = ground.db
    asked = Asked.of(market.code, skus, None, len(skus), "compact")
    found = {one.known.sku: one for one in await outlooks(db, await SHEET.page(db, asked))}
    left_out, pools = dict[str, str](), dict[str, str]()
    for sku in asked.skus:
        reason = _reason(found.get(sku), pools)
        if reason:
            left_out[sku] = reason
        else:
            pools[found[sku].known.pool] = sku
    if not pools:
        raise InvalidInputError(
            f"None of these SKUs has units to send. {' '.join(_sentences(left_out))}",
            field="skus",
            next_step="Ask replenishment about them; set_planning_inputs says what is unknown. "
            "Or give items with units.",
        )
    stale = await doubts(db, ground.clock, market.code, _FROM)
    return _chosen([found[sku] for sku in pools.values()], (*_sentences(left_out), *stale))


def _chosen(outlooks: Sequence[Outlook], more: Sequence[str]) -> Sent:
    sent = [(one, one.send) for one in outlooks]
    free = [one.known.sku for one in outlooks if one.supply and one.supply.sendable is None]
    off = [one.known.sku for one in outlooks if not one.known.selling]
    said = {
        f"No reserve is recorded of {_named(free)}: units are not bounded by one.": free,
        f"Not for sale now, so units would wait: {_named(off)}. See listings for why.": off,
    }
    return Sent(
        [Item(sku=one.known.sku, units=send.units) for one, send in sent if send],
        [_why(one) for one in outlooks],
        (
            *more,
            *(sentence for sentence, skus in said.items() if skus),
            *(sentence for one in outlooks for sentence in _announced(one)),
        ),
        {one.known.sku: str(one.known.run_id) for one in outlooks},
    )


def _why(outlook: Outlook) -> dict[str, Any]:
    """The arithmetic of what is sent, and the last days of stock and of sales in it."""
    known = outlook.known
    return {
        "sku": known.sku,
        "arithmetic": arithmetic(outlook.send),
        "as_of": None if known.as_of is None else known.as_of.isoformat(),
        "velocity_as_of": known.velocity_as_of.isoformat(),
    }


def _announced(outlook: Outlook) -> Iterator[str]:
    """What is to be sent already."""
    sku, planned = plain(outlook.known.sku, 100), sum(one.units for one in outlook.planned)
    if planned:
        yield f"{_in_plans(outlook)} of {sku} already: only what is wanting beyond them is sent."
    working = outlook.known.inbound_working or 0
    if working > planned:
        yield (
            f"{working} units of {sku} are announced to Amazon and not on their way: "
            "see inbound_shipments; those that no plan made here sends are not taken off."
        )


def _in_plans(outlook: Outlook) -> str:
    named = sorted({one.plan for one in outlook.planned if one.plan})
    units = sum(one.units for one in outlook.planned)
    return f"{units} units are in plan {', '.join(named) or 'of another marketplace'}"


def _reason(outlook: Outlook | None, pools: Mapping[str, str]) -> str:
    """Why a SKU is not sent; empty: it is."""
    if outlook is None:
        return "is not among the FBA listings of this marketplace that are loaded"
    if outlook.send is None:
        return _unknown(outlook)
    if not outlook.send.units:
        if outlook.send.need > 0:
            return "has no whole case in the recorded reserve that is in no plan yet"
        return (
            f"needs nothing: {_in_plans(outlook)} already" if outlook.planned else "needs nothing"
        )
    if outlook.send.units > MOST_UNITS:
        return f"needs more than the {MOST_UNITS} units of a plan"
    shared = pools.get(outlook.known.pool)
    return "" if shared is None else f"shares its stock with {plain(shared, 100)}"


def _unknown(outlook: Outlook) -> str:
    if outlook.known.remote:
        return f"sells from the stock in {outlook.known.network}: plan it there"
    return f"lacks {', '.join(outlook.unknown)}"


def _sentences(left_out: Mapping[str, str]) -> list[str]:
    reasons = dict.fromkeys(left_out.values())
    return [
        f"Left out: {_named([sku for sku, why in left_out.items() if why == reason])} ({reason})."
        for reason in reasons
    ]


def _named(skus: Sequence[str]) -> str:
    return ", ".join(plain(sku, 100) for sku in skus)
