"""A person decides about several changes at once: what holds for one holds for each of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from tests.writes.conftest import Bench

from stockroom.core.errors import InvalidInputError, NotAllowedError, NotFoundError, StaleError
from stockroom.core.scope import Scope
from stockroom.spec.change import Change, Cost
from stockroom.spec.tool import Ground, TargetAccount
from stockroom.tenancy.roles import Role
from stockroom.tools.write.set_planning_inputs import TOOL as INPUTS
from stockroom.tools.write.set_price import SetPrice, SetPriceArguments
from stockroom.writes.batch import Batch
from stockroom.writes.decide_batch import spends_together

AMOUNT = "24.60 USD"


@dataclass
class Costly(SetPrice):
    """A price change that spends money."""

    async def plan(self, arguments: SetPriceArguments, ground: Ground) -> Change:
        return replace(await super().plan(arguments, ground), costs=Cost("12.30", "USD"))


async def proposed(bench: Bench, tool: SetPrice | None = None) -> Batch:
    """Half a dollar more for two listings, and one that does not exist."""
    plain = [one for one in bench.listings if one.minimum_price is None][:2]
    raised = [{"sku": one.sku, "price": str(one.price + Decimal("0.50"))} for one in plain]
    shared = {"marketplace": "US", "currency": "USD"}
    items = [{**shared, **one} for one in (*raised, {"sku": "NO-SUCH-SKU", "price": "9.99"})]
    gate = bench.gate() if tool is None else bench.gate(tool)
    return await gate.propose_batch(bench.asker, "set_price", items)


async def nothing_agreed(bench: Bench, actor: str) -> bool:
    last = (await bench.audit())[-1]
    assert (last.action, last.actor) == ("refused", actor)
    return "confirmed" not in await bench.actions()


@pytest.mark.requirement("approved-by-person")
async def test_all_that_waits_is_approved_and_each_is_audited_as_theirs(bench: Bench) -> None:
    batch, lin, gate = await proposed(bench), bench.person(), bench.gate()
    agreed = await gate.approve_batch(lin, batch.id, batch.fingerprint)

    assert agreed.states == {"confirmed": 2, "blocked": 1}
    confirmed = [row for row in await bench.audit() if row.action == "confirmed"]
    assert [row.actor for row in confirmed] == [lin.actor] * 2
    assert (await bench.row(agreed.confirmed[0])).delegated is False
    assert await bench.sent() == 0
    again = await gate.approve_batch(bench.person("kim"), batch.id, batch.fingerprint)
    assert again == agreed


async def test_an_item_that_is_refused_says_why_and_waits_for_the_next_time(bench: Bench) -> None:
    batch, gate = await proposed(bench), bench.gate()
    await bench.set_key(limits={"changes_per_day": 1})
    agreed = await gate.approve_batch(bench.person(), batch.id, batch.fingerprint)
    assert agreed.states == {"confirmed": 1, "proposed": 1, "blocked": 1}
    assert agreed.items[1]["problem_kind"] == "blocked_by_guardrail"

    await bench.set_key(limits={"changes_per_day": 5})
    rest = await gate.approve_batch(bench.person(), batch.id, batch.fingerprint)
    assert rest.states == {"confirmed": 2, "blocked": 1}


async def test_what_lapsed_is_not_approved_and_says_so(bench: Bench) -> None:
    batch = await proposed(bench)
    bench.clock.move(15 * 60)
    late = await bench.gate().approve_batch(bench.person(), batch.id, batch.fingerprint)
    assert late.states == {"expired": 2, "blocked": 1}
    assert "confirmed" not in await bench.actions()


@pytest.mark.requirement("no-unseen-change")
async def test_another_page_or_another_persons_role_agrees_to_nothing(
    bench: Bench, neighbour: TargetAccount
) -> None:
    batch, gate, lin = await proposed(bench), bench.gate(), bench.person()
    viewer = bench.person("vic", Role.VIEWER)
    with pytest.raises(StaleError):
        await gate.approve_batch(lin, batch.id, "0" * 64)
    assert await nothing_agreed(bench, lin.actor)
    with pytest.raises(NotAllowedError):
        await gate.approve_batch(viewer, batch.id, batch.fingerprint)
    assert await nothing_agreed(bench, viewer.actor)
    with pytest.raises(NotAllowedError):
        await gate.reject_batch(viewer, batch.id, "no")
    stranger = replace(lin, account_id=neighbour.id)
    with pytest.raises(NotFoundError):
        await gate.approve_batch(stranger, batch.id, batch.fingerprint)
    with pytest.raises(NotFoundError):
        await gate.reject_batch(stranger, batch.id, "no")


@pytest.mark.requirement("costs-restated")
async def test_what_they_cost_together_is_restated_and_wants_a_fresh_proof(bench: Bench) -> None:
    tool = Costly()
    batch, gate, lin = await proposed(bench, tool), bench.gate(tool), bench.person()
    with pytest.raises(NotAllowedError):  # no key may
        await gate.confirm_batch(bench.asker, batch.id, batch.fingerprint)
    for amount in ("", "12.30 USD", "24.60 EUR"):
        with pytest.raises(StaleError) as refused:
            await gate.approve_batch(lin, batch.id, batch.fingerprint, amount)
        assert refused.value.field == "amount"
    with pytest.raises(NotAllowedError, match="proved"):
        await gate.approve_batch(bench.person(proved=15), batch.id, batch.fingerprint, AMOUNT)
    assert await nothing_agreed(bench, lin.actor)

    agreed = await gate.approve_batch(lin, batch.id, batch.fingerprint, AMOUNT)
    assert agreed.states == {"confirmed": 2, "blocked": 1}


async def test_all_that_waits_is_rejected_with_one_reason(bench: Bench) -> None:
    batch, gate = await proposed(bench), bench.gate()
    with pytest.raises(InvalidInputError) as refused:
        await gate.reject_batch(bench.person(), batch.id, " ")
    assert refused.value.field == "reason"
    told = await gate.reject_batch(bench.person(), batch.id, "Too dear.")

    assert told.states == {"rejected": 2, "blocked": 1}
    assert [one["problem"] for one in told.items[:2]] == ["A person rejected it: Too dear."] * 2
    with pytest.raises(InvalidInputError, match="waits"):
        await gate.reject_batch(bench.person(), batch.id, "Too dear.")


async def test_what_is_only_kept_here_is_done_at_once(bench: Bench) -> None:
    await bench.set_key(scopes=[Scope.PLANNING_WRITE], limits={})
    asker = replace(bench.asker, scopes=frozenset({Scope.PLANNING_WRITE}), limits={})
    gate = bench.gate(INPUTS)
    items: list[dict[str, Any]] = [
        {"marketplace": "US", "sku": f"SKU-{n}", "inputs": {"moq_units": n}} for n in (1, 2)
    ]
    batch = await gate.propose_batch(asker, INPUTS.name, items)
    done = await gate.approve_batch(bench.person(), batch.id, batch.fingerprint)
    assert done.states == {"verified": 2}


def test_costs_are_summed_by_currency() -> None:
    costs = [
        {"amount": "12.30", "currency": "USD"},
        None,
        {"amount": "0.70", "currency": "USD"},
        {"amount": "4.00", "currency": "EUR"},
    ]
    assert spends_together(costs) == "4.00 EUR and 13.00 USD"
    assert spends_together([None]) == ""
