"""What goes into an inbound plan when SKUs are named without units: what replenishment says to send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import Marketplace
from stockroom.core.text import plain
from stockroom.db.session import ReadSession
from stockroom.tools.asked import Asked
from stockroom.tools.inbound_items import MOST_UNITS, Item
from stockroom.tools.outlook import Outlook
from stockroom.tools.outlooks import SHEET, outlooks
from stockroom.tools.replenishment_facts import arithmetic


class Sent(NamedTuple):
    """What to send.

    Args:
        items: Units of each SKU.
        why: Their arithmetic, in the same order; empty where somebody gave the units.
        warnings: Who was left out, and why; whose units no reserve bounds; who does not sell.
        runs: By SKU, the run that supplied the figures of its arithmetic.
    """

    items: list[Item]
    why: Sequence[str] = ()
    warnings: tuple[str, ...] = ()
    runs: Mapping[str, str] = MappingProxyType({})

    @property
    def told(self) -> dict[str, Any]:
        """The arithmetic as it is shown."""
        pairs = zip(self.items, self.why, strict=bool(self.why))
        told = [{"sku": item.sku, "arithmetic": reason} for item, reason in pairs]
        return {"why": told} if told else {}


async def to_send(
    db: ReadSession, market: Marketplace, items: list[Item] | None, skus: Sequence[str] | None
) -> Sent:
    """What was asked for: items as they are, or what replenishment tells of SKUs now.

    Raises:
        InvalidInputError: Neither or both are given, or none of the SKUs has units to send.
    """
    if items is not None and skus is None:
        return Sent(items)
    if items is None and skus is not None:
        return await _candidates(db, market, skus)
    raise InvalidInputError(
        "A plan is made from items or from skus: from exactly one of them.",
        field="items",
        next_step="Give items (sku and units), or skus to send what replenishment says.",
    )


async def _candidates(db: ReadSession, market: Marketplace, skus: Sequence[str]) -> Sent:
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
    return _chosen([found[sku] for sku in pools.values()], _sentences(left_out))


def _chosen(outlooks: Sequence[Outlook], left_out: Sequence[str]) -> Sent:
    sent = [(one, one.send) for one in outlooks]
    free = [one.known.sku for one in outlooks if one.supply and one.supply.sendable is None]
    off = [one.known.sku for one in outlooks if not one.known.selling]
    said = {
        f"No reserve is recorded of {_named(free)}: units are not bounded by one.": free,
        f"Not for sale now, so units would wait: {_named(off)}. See listings for why.": off,
    }
    return Sent(
        [Item(sku=one.known.sku, units=send.units) for one, send in sent if send],
        [arithmetic(send) or "" for _, send in sent],
        (*left_out, *(sentence for sentence, skus in said.items() if skus)),
        {one.known.sku: str(one.known.run_id) for one in outlooks},
    )


def _reason(outlook: Outlook | None, pools: Mapping[str, str]) -> str:
    """Why a SKU is not sent; empty: it is."""
    if outlook is None:
        return "is not among the FBA listings of this marketplace that are loaded"
    if outlook.send is None:
        return _unknown(outlook)
    if not outlook.send.units:
        needed = outlook.send.need > 0
        return "has no whole case in the recorded reserve" if needed else "needs nothing"
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
