"""What Amazon offers for a fresh plan: asked for once, awaited look by look, told as facts.

Having offers worked out commits nobody to anything. Packing comes first, because a
placement can depend on it; then the ways to send, of every placement on offer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from stockroom.amazon.ports import AmazonAnswer, SellingPartner
from stockroom.core.errors import AmazonError, AmazonRefusedError
from stockroom.core.text import plain
from stockroom.spec.tool import Stage
from stockroom.tools.inbound_outcome import Outcome, outcome, said
from stockroom.tools.inbound_plan import moment, placements, spelled, total, written
from stockroom.tools.inbound_ready import ways_wanted
from stockroom.tools.inbound_ways import Way, by_shipment, ways
from stockroom.tools.listing_patch import objects

Facts = dict[str, Any]
Row = TypeVar("Row")
_WORKING_OUT = "working_out"
"""In what a look found: the operations that are awaited, by what they work out."""
_UNTIL = "awaited_until"
_WAITED = timedelta(hours=1)
"""Amazon takes minutes; what it never ends must not keep a change from being settled."""
_MOST_PLACEMENTS = 4
_MOST_PROBLEMS = 20
_BEGUN = Outcome("IN_PROGRESS", ())


class Most(NamedTuple):
    """How much is told of ways to send.

    Args:
        shipments: Of all placements together.
        own: The seller's own carriers, of each shipment.
    """

    shipments: int
    own: int


_FEW = Most(shipments=12, own=4)
"""While placements are still to choose from."""
ALL = Most(shipments=50, own=32)
"""Once carriers are to be chosen: what an answer can hold, more than a plan has."""

STAGES = (
    Stage("Amazon is making the plan.", ("plan",)),
    Stage(
        "The plan is made; Amazon is working out how it can be packed.",
        (_WORKING_OUT, "packing_options", "packing_problems"),
    ),
    Stage(
        "Packing is worked out; Amazon is working out placements and their fees.",
        ("packing_options", "packing_problems"),
    ),
    Stage(
        "Placements are worked out; Amazon is working out who can carry the shipments.",
        ("placement_options", "placement_problems"),
    ),
)
"""What a plan comes to on the way to its last offer."""


@dataclass(slots=True)
class Look:
    """One look at what is offered.

    Args:
        amazon: The seller's Amazon.
        asked: Operations that were begun before, by what they work out.
        now: When it is taken.
        until: When nothing is awaited any more: what came by then is all.
        waiting: Whether one of them is under way; then there is another look.
    """

    amazon: SellingPartner
    asked: dict[str, str]
    now: datetime
    until: datetime
    waiting: bool = False

    @classmethod
    def after(cls, amazon: SellingPartner, seen: Mapping[str, Any], now: datetime) -> Look:
        """The look that follows one that found this."""
        until = moment(seen.get(_UNTIL)) or now + _WAITED
        return cls(amazon, dict(seen.get(_WORKING_OUT, {})), now, until)

    async def at(
        self,
        name: str,
        listed: Callable[[], Awaitable[list[Row]]],
        generate: Callable[[], Awaitable[AmazonAnswer]],
        *,
        anew: bool = False,
    ) -> tuple[list[Row], list[str]]:
        """What is there, or what Amazon holds against it; asked for once where there is nothing.

        What Amazon has worked out at once is told at once. ``anew``: what is there does not count.
        """
        begun = name not in self.asked
        if begun:
            rows = [] if anew else await listed()
            if rows:
                return rows, []
            if problems := await self._begun(name, generate):
                return [], problems
        try:
            how = await outcome(self.amazon, self.asked[name])
        except AmazonError:
            if not begun:
                raise
            how = _BEGUN  # else it would be forgotten, and asked for twice
        if how.status == "IN_PROGRESS":
            self.waiting = True
            return [], []
        # Listed after it ended: else what comes between the two would be missed.
        rows = await listed()
        if rows:
            del self.asked[name]
        return rows, [] if rows else list(how.problems)

    async def _begun(self, name: str, generate: Callable[[], Awaitable[AmazonAnswer]]) -> list[str]:
        try:
            answer = await generate()
        except AmazonRefusedError as refusal:
            return list(said(refusal)) or [refusal.summary]
        self.asked[name] = str(answer.body.get("operationId"))
        return []

    def found(self, facts: Facts) -> tuple[Facts, bool]:
        """The facts, with what the next look needs to know, and whether there is none."""
        if not self.waiting:
            return facts, True
        pending = {_WORKING_OUT: self.asked, _UNTIL: written(self.until)}
        return facts | pending, self.now >= self.until


async def offers(look: Look, plan_id: str, ready_at: datetime) -> tuple[Facts, bool]:
    """What is offered for a plan so far, and whether that is all there will be.

    Args:
        look: At the seller's Amazon.
        plan_id: A plan that is made and not yet placed.
        ready_at: When carriers may come.
    """
    amazon = look.amazon
    packings, why = await look.at(
        "packing",
        partial(amazon.packing_options, plan_id),
        partial(amazon.generate_packing_options, plan_id),
    )
    if look.waiting:
        return look.found({})
    facts: Facts = {"packing_options": [_packing(row) for row in packings]}
    facts |= {"packing_problems": why} if why else {}
    placed, why = await look.at(
        "placement",
        partial(placements, amazon, plan_id),
        partial(amazon.generate_placement_options, plan_id),
    )
    if look.waiting:
        return look.found(facts)
    facts["placement_options"] = [one.facts() for one in placed]
    facts |= {"placement_problems": why} if why else {}
    on_offer = {one.id: one.shipment_ids for one in placed if one.can_be_chosen(look.now)}
    return look.found(facts | await ways_offered(look, plan_id, on_offer, ready_at))


async def ways_offered(
    look: Look,
    plan_id: str,
    placed: Mapping[str, Sequence[str]],
    ready_at: datetime,
    *,
    most: Most = _FEW,
    anew: bool = False,
) -> Facts:
    """Ways to send the shipments of placements, as far as they are worked out.

    Args:
        look: At the seller's Amazon.
        plan_id: The plan.
        placed: Ids of shipments by placement.
        ready_at: When carriers may come.
        most: How much of it is told.
        anew: Ways that are there are for another day: others are asked for, once.
    """
    amazon = look.amazon
    told: list[Facts] = []
    problems: list[str] = []
    for placement, shipments in islice(placed.items(), _MOST_PLACEMENTS):
        wanted = ways_wanted(placement, shipments, ready_at)
        found, why = await look.at(
            placement,
            partial(_fresh_ways, amazon, plan_id, placement, look.now),
            partial(amazon.generate_transportation_options, plan_id, wanted),
            anew=anew,
        )
        offered = by_shipment(found, most.own)
        told += [{"placement": placement, **shipment} for shipment in offered]
        problems += why
    facts: Facts = {"transportation_options": told[: most.shipments]}
    if len(told) > most.shipments:
        facts["shipments_not_told"] = len(told) - most.shipments
    return facts | ({"transportation_problems": problems[:_MOST_PROBLEMS]} if problems else {})


async def _fresh_ways(
    amazon: SellingPartner, plan_id: str, placement_id: str, now: datetime
) -> list[Way]:
    """The ways to send; none once a quote among them is over, so that they are asked for again."""
    found = await ways(amazon, plan_id, placement_id)
    return [] if any(one.is_over(now) for one in found) else found


def _packing(row: Mapping[str, Any]) -> Facts:
    return {
        "option": plain(str(row.get("packingOptionId")), 60),
        "status": plain(str(row.get("status")), 40),
        "groups": len(row.get("packingGroups") or ()),
        "fee": spelled(total(one.get("value") for one in objects(row.get("fees")))),
    }
