"""Every row of the audit can be read alone: who, what, why, before, after, by which leave."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from tests.writes.conftest import Bench

from stockroom.core.errors import GuardrailError, NotFoundError, StaleError
from stockroom.core.scope import Scope

RULE = {"tool": "set_price", "measure": "relative_change", "max": "0.25"}


async def told(bench: Bench) -> dict[str, dict[str, Any]]:
    """The last row of each action."""
    return {row.action: json.loads(row.details) for row in await bench.audit()}


async def with_rule(bench: Bench) -> None:
    limits = {"changes_per_day": 5, "rules": [RULE]}
    await bench.set_key(limits=limits)
    bench.asker = replace(bench.asker, limits=limits)


async def test_each_step_tells_the_whole_change(bench: Bench) -> None:
    await with_rule(bench)
    change = await bench.row(await bench.carried_out())
    rows = await told(bench)
    assert set(rows) == {"proposed", "confirmed", "executing", "sent", "verified"}
    for action, row in rows.items():
        about = row["change"]
        assert (about["tool"], about["fingerprint"]) == ("set_price", change.fingerprint), action
        assert (about["before"], about["after"]) == (change.before, change.after), action
        assert about["arguments"]["sku"] == bench.listing.sku
        assert about["proposed_by"] == bench.asker.facts
    assert rows["verified"]["change"]["delegated"] is True
    assert rows["verified"]["change"]["confirmed_by"]["name"] == "operator"
    assert rows["sent"]["receipt"]["request_id"]
    assert rows["sent"]["receipt"]["answer"]["status"] == "ACCEPTED"
    assert rows["verified"]["seen"]["live"] == change.after


async def test_guardrails_are_told_with_what_was_held_against_them(bench: Bench) -> None:
    await with_rule(bench)
    await bench.carried_out()
    rows = await told(bench)
    day = {"of": "key", "measure": "changes_per_day", "value": "0", "max": "5", "passed": True}
    for action in ("proposed", "confirmed", "executing"):
        rulings = {one["measure"]: one for one in rows[action]["guardrails"]}
        assert rulings["changes_per_day"] == day
        assert rulings["relative_change"]["max"] == "0.25"
        assert rulings["relative_change"]["passed"] is True
        assert rulings["relative_change"]["value"]


async def test_a_refusal_by_a_guardrail_tells_the_rule_and_the_value(bench: Bench) -> None:
    await with_rule(bench)
    doubled = bench.wanted(str(bench.listing.price * 2))
    with pytest.raises(GuardrailError):
        await bench.gate().propose(bench.asker, "set_price", doubled, reason="a sale")
    row = (await told(bench))["refused"]
    (ruling,) = row["guardrails"]
    assert (ruling["measure"], ruling["max"], ruling["passed"]) == (
        "relative_change",
        "0.25",
        False,
    )
    assert (row["tool"], row["reason"], row["by"]) == ("set_price", "a sale", bench.asker.facts)
    assert row["arguments"]["sku"] == bench.listing.sku


async def test_confirming_what_does_not_exist_here_is_refused_and_told(bench: Bench) -> None:
    unknown = UUID(int=99)
    with pytest.raises(NotFoundError):
        await bench.gate().confirm(bench.asker, unknown, "f" * 64)
    with pytest.raises(NotFoundError):
        await bench.gate().cancel(bench.asker, unknown)
    rows = [json.loads(row.details) for row in await bench.audit()]
    assert [(row["asked"], row["id"]) for row in rows] == [
        ("confirm", str(unknown)),
        ("cancel", str(unknown)),
    ]


async def test_a_fingerprint_of_another_preview_is_told(bench: Bench) -> None:
    preview = await bench.proposed()
    with pytest.raises(StaleError):
        await bench.gate().confirm(bench.asker, preview.id, "f" * 64)
    row = (await told(bench))["refused"]
    assert row["offered_fingerprint"] == "f" * 64
    assert row["change"]["fingerprint"] == preview.fingerprint


async def test_whoever_may_not_cancel_is_told_of(bench: Bench) -> None:
    preview = await bench.proposed()
    reader = replace(bench.asker, scopes=frozenset({Scope.CONFIRM}))
    with pytest.raises(Exception, match="may not cancel"):
        await bench.gate().cancel(reader, preview.id, "no need")
    row = (await told(bench))["refused"]
    assert (row["asked"], row["reason"]) == ("cancel", "no need")
