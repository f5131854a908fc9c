"""A key of some marketplaces at the gate: changes in others do not exist for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from tests.writes.conftest import Bench

from stockroom.core.errors import InvalidInputError, NotFoundError
from stockroom.db.reach import Reach
from stockroom.writes.asker import Asker
from stockroom.writes.gate import Gate

pytestmark = pytest.mark.requirement("marketplaces-held")

Act = Callable[[Gate, Asker, UUID], Awaitable[Any]]
ACTS: dict[str, Act] = {
    "confirm": lambda gate, asker, id_: gate.confirm(asker, id_, "f"),
    "cancel": lambda gate, asker, id_: gate.cancel(asker, id_),
    "revert": lambda gate, asker, id_: gate.revert(asker, id_),
}


def elsewhere(bench: Bench) -> Asker:
    return replace(bench.asker, reach=Reach(("BR",)))


async def test_a_proposal_for_another_marketplace_is_refused_before_amazon_is_asked(
    bench: Bench,
) -> None:
    with pytest.raises(InvalidInputError, match="does not sell in"):
        await bench.gate().propose(elsewhere(bench), "set_price", bench.wanted())
    assert await bench.sent() == 0


@pytest.mark.parametrize("name", ACTS)
async def test_a_change_in_another_marketplace_and_none_at_all_give_the_same_answer(
    bench: Bench, name: str
) -> None:
    gate = bench.gate()
    change_id = (await gate.propose(bench.asker, "set_price", bench.wanted())).id
    said = []
    for wanted in (change_id, UUID(int=1)):
        with pytest.raises(NotFoundError) as refusal:
            await ACTS[name](gate, elsewhere(bench), wanted)
        said.append(str(refusal.value))
    assert said[0] == said[1]
    assert (await bench.row(change_id)).state == "proposed"


async def test_a_change_in_a_marketplace_of_the_key_can_be_cancelled(bench: Bench) -> None:
    gate = bench.gate()
    change_id = (await gate.propose(bench.asker, "set_price", bench.wanted())).id
    near = replace(bench.asker, reach=Reach((bench.listing.marketplace,)))
    assert (await gate.cancel(near, change_id)).state == "cancelled"
