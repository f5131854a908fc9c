"""Limits of account and key hold at the preview, at the confirmation and when it is taken."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from tests.writes.conftest import Bench

from stockroom.core.errors import BusyError, GuardrailError, NotFoundError, StockroomError
from stockroom.spec.change import Change, Cost
from stockroom.spec.tool import Ground
from stockroom.tools.write.set_price import SetPrice, SetPriceArguments
from stockroom.writes.models import ChangeRow

DEAREST = {"rules": [{"tool": "set_price", "measure": "price", "currency": "USD", "max": "1"}]}
QUIET = {"quiet_hours": {"from": "00:30", "to": "01:30"}}
"""It is 00:45 in Los Angeles when the tests begin."""
EACH = (DEAREST, QUIET, {"skus": ["ANOTHER"]}, {"changes_per_day": 0})


@dataclass
class Costly(SetPrice):
    """A tool whose changes cost money, which the pretend Amazon has no need to know."""

    amount: str = "30.00"

    async def plan(self, arguments: SetPriceArguments, ground: Ground) -> Change:
        costs = Cost(self.amount, "USD")
        return replace(await super().plan(arguments, ground), costs=costs)


@dataclass
class Counted(SetPrice):
    """A tool that finds nothing, and counts how often it was asked."""

    looks: list[str]

    async def plan(self, arguments: SetPriceArguments, ground: Ground) -> Change:
        self.looks.append(arguments.sku)
        raise NotFoundError(f"The account {ground.account.id} has no such SKU.")


async def limited(bench: Bench, limits: dict[str, Any]) -> None:
    await bench.set_account(settings={"limits": limits})


async def refused(bench: Bench, **arguments: Any) -> GuardrailError:
    with pytest.raises(GuardrailError) as caught:
        await bench.gate().propose(bench.asker, "set_price", bench.wanted(**arguments))
    return caught.value


async def test_a_limit_of_the_account_holds_for_every_key(bench: Bench) -> None:
    for limits in EACH:
        await limited(bench, limits)
        error = await refused(bench)
        assert "stockroom account limits" in error.next_step

        row = (await bench.audit())[-1]
        (ruling,) = json.loads(row.details)["guardrails"]
        assert (row.action, ruling["of"], ruling["passed"]) == ("refused", "account", False)


async def test_it_holds_at_the_confirmation(bench: Bench) -> None:
    preview = await bench.proposed()
    for limits in EACH:
        await limited(bench, limits)
        with pytest.raises(GuardrailError, match="this account"):
            await bench.gate().confirm(bench.asker, preview.id, preview.fingerprint)
    assert (await bench.row(preview.id)).state == "proposed"


async def test_and_when_it_is_taken(bench: Bench) -> None:
    for limits in EACH:
        await limited(bench, {})
        change_id = await bench.confirmed()
        await limited(bench, limits)
        await bench.gate().execute(bench.account.id, change_id)
        row = await bench.row(change_id)
        assert (row.state, row.problem_kind) == ("blocked", "blocked_by_guardrail")
    assert await bench.sent() == 0


async def test_limits_of_an_account_that_cannot_be_read_let_nothing_pass(bench: Bench) -> None:
    await limited(bench, {"unheard_of": 1})
    assert "limits of this account cannot be read" in (await refused(bench)).summary


async def test_the_stricter_of_key_and_account_holds(bench: Bench) -> None:
    wide = {"rules": [{"tool": "set_price", "measure": "price", "currency": "USD", "max": "9999"}]}
    await limited(bench, wide)
    bench.asker = replace(bench.asker, limits=DEAREST)
    assert "this key" in (await refused(bench)).summary

    await limited(bench, DEAREST)
    bench.asker = replace(bench.asker, limits=wide)
    assert "this account" in (await refused(bench)).summary


async def test_quiet_hours_are_those_of_the_accounts_marketplace(bench: Bench) -> None:
    await limited(bench, QUIET)
    assert "it is 00:45 (PST)" in (await refused(bench)).summary
    bench.clock.move(45 * 60)
    assert (await bench.proposed()).state == "proposed"


async def test_every_gate_says_in_the_audit_what_it_was_judged_by(bench: Bench) -> None:
    await limited(bench, {"changes_per_day": 50, "skus": ["*"]})
    await bench.carried_out()
    told = {
        row.action: [
            (one["of"], one["measure"], one["value"])
            for one in json.loads(row.details).get("guardrails", [])
        ]
        for row in await bench.audit()
    }
    judged = [
        ("account", "stop_switch", "off"),
        ("account", "changes_per_day", "0"),
        ("key", "changes_per_day", "0"),
        ("account", "skus", bench.listing.sku),
    ]
    assert told["proposed"] == told["confirmed"] == told["executing"] == judged


async def test_changes_of_all_keys_count_against_the_accounts_limit(bench: Bench) -> None:
    await limited(bench, {"changes_per_day": 1})
    await bench.confirmed()
    second = await bench.another_key()
    with pytest.raises(GuardrailError, match="1 changes in 24 hours"):
        await bench.gate().propose(second, "set_price", bench.wanted())


# --- money -----------------------------------------------------------------------------------------


async def agreed(bench: Bench, price: str, amount: str = "30.00") -> UUID:
    """A change that costs money, agreed to by a person."""
    gate = bench.gate(Costly(amount))
    preview = await gate.propose(bench.asker, "set_price", bench.wanted(price))
    async with bench.database.session(bench.account.id) as session:
        row = await session.get_one(ChangeRow, (bench.account.id, preview.id))
        row.state, row.confirmed_at, row.delegated = "confirmed", bench.clock.now(), False
    return preview.id


def prices(bench: Bench) -> list[str]:
    return [str(bench.listing.price + n) for n in (1, 2, 3)]


@pytest.mark.parametrize("of", ["account", "key"])
async def test_what_changes_of_a_day_spend_together_is_limited(bench: Bench, of: str) -> None:
    limits = {"changes_per_day": 5, "spend_per_day": {"USD": "60"}}
    if of == "key":
        bench.asker = replace(bench.asker, limits=limits)
    else:
        await limited(bench, limits)
    first, second, third = prices(bench)
    await agreed(bench, first)
    await agreed(bench, second)
    with pytest.raises(GuardrailError, match=r"60 USD in 24 hours.*90\.00 USD"):
        await agreed(bench, third)
    bench.clock.move(24 * 3600)
    await agreed(bench, third)


async def test_what_was_taken_back_spent_nothing(bench: Bench) -> None:
    await limited(bench, {"spend_per_day": {"USD": "30"}})
    first, second, _ = prices(bench)
    await bench.gate().cancel(bench.asker, await agreed(bench, first))
    await agreed(bench, second)


async def test_a_limit_on_money_holds_when_the_change_is_taken(bench: Bench) -> None:
    first, *_ = prices(bench)
    change_id = await agreed(bench, first)
    await limited(bench, {"spend_per_day": {"USD": "29.99"}})
    await bench.gate(Costly()).execute(bench.account.id, change_id)
    row = await bench.row(change_id)
    assert (row.state, row.problem_kind) == ("blocked", "blocked_by_guardrail")


async def test_a_change_of_that_very_amount_still_leaves(bench: Bench) -> None:
    await limited(bench, {"spend_per_day": {"USD": "30"}})
    change_id = await agreed(bench, prices(bench)[0])
    await bench.gate(Costly()).execute(bench.account.id, change_id)
    assert (await bench.row(change_id)).state == "sent"


# --- pace ------------------------------------------------------------------------------------------


async def hurried(bench: Bench, times: int) -> list[StockroomError | None]:
    """What so many previews in one moment were answered."""
    answers: list[StockroomError | None] = []
    gate = bench.gate()
    for n in range(times):
        price = str(bench.listing.price + 1 + n)
        try:
            await gate.propose(bench.asker, "set_price", bench.wanted(price))
        except StockroomError as error:
            answers.append(error)
        else:
            answers.append(None)
    return answers


@pytest.mark.parametrize("of", ["key", "account"])
async def test_previews_in_a_hurry_are_held_back_before_amazon_is_asked(
    bench: Bench, of: str
) -> None:
    limits = {"changes_per_day": 5, "previews_per_minute": 2}
    if of == "key":
        bench.asker = replace(bench.asker, limits=limits)
    else:
        await limited(bench, limits)
    first, second, *held = await hurried(bench, 5)
    assert (first, second) == (None, None)
    assert [one.kind for one in held if one] == ["unavailable"] * 3
    assert all(one and one.retryable and one.retry_after_s for one in held)
    assert "2 changes a minute, at most 2 at once" in str(held[0])

    log = await bench.http.get(f"{bench.simulator}/_log", params={"operation": "getListingsItem"})
    assert len(log.json()) == 2
    assert await bench.actions() == ["proposed", "proposed", "refused"]  # told once per spell


async def test_the_pace_comes_back_with_time(bench: Bench) -> None:
    bench.asker = replace(bench.asker, limits={"previews_per_minute": 2})
    await hurried(bench, 3)
    bench.clock.move(30)
    assert [one is None for one in await hurried(bench, 2)] == [True, False]
    assert (await bench.actions()).count("refused") == 2


async def test_one_keys_hurry_does_not_hold_back_another(bench: Bench) -> None:
    bench.asker = replace(bench.asker, limits={"previews_per_minute": 1})
    await hurried(bench, 2)
    bench.asker = await bench.another_key()
    assert await hurried(bench, 1) == [None]


async def test_items_are_held_to_the_pace_of_previews(bench: Bench) -> None:
    """A hundred at once, 60 a minute after that; what is refused looks at nothing and uses nothing up."""
    unknown = [bench.wanted(sku=f"NO-SUCH-{n}") for n in range(60)]
    looks: list[str] = []
    gate = bench.gate(Counted(looks))
    with pytest.raises(NotFoundError):
        await gate.propose_batch(bench.asker, "set_price", unknown)
    with pytest.raises(BusyError, match="60 items of batches a minute") as held:
        await gate.propose_batch(bench.asker, "set_price", unknown)
    assert held.value.retry_after_s == pytest.approx(20, abs=0.1)
    assert len(looks) == 60
    with pytest.raises(NotFoundError):
        await gate.propose_batch(bench.asker, "set_price", unknown[:40])
    bench.clock.move(59)
    with pytest.raises(BusyError):
        await gate.propose_batch(bench.asker, "set_price", unknown)
    bench.clock.move(2)
    with pytest.raises(NotFoundError):
        await gate.propose_batch(bench.asker, "set_price", unknown)


async def test_confirmations_in_a_hurry_are_held_back_too(bench: Bench) -> None:
    preview = await bench.proposed()
    asker = replace(bench.asker, limits={"changes_per_day": 5, "previews_per_minute": 2})
    kinds = []
    for _ in range(4):
        with pytest.raises(StockroomError) as caught:
            await bench.gate().confirm(asker, preview.id, "0" * 64)
        kinds.append(caught.value.kind)
    assert kinds == ["stale", "stale", "unavailable", "unavailable"]
