"""Facts of the seller's own, said and read through the server by a key that may plan and no more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from mcp import Client

from stockroom.core.scope import Scope

Issue = Callable[..., Awaitable[str]]
Ask = Callable[..., Awaitable[dict[str, Any]]]
Connect = Callable[..., AbstractAsyncContextManager[Client]]

PLANNER = frozenset({Scope.PLANNING_READ, Scope.PLANNING_WRITE})


async def test_what_a_planner_says_and_agrees_to_is_told_at_once(
    connect: Connect, issue: Issue, ask: Ask
) -> None:
    async with connect(await issue("harbor", scopes=PLANNER)) as client:
        wanted = {"marketplace": "US", "sku": "LAMP", "inputs": {"lead_time_days": 45}}
        preview = await ask(client, "set_planning_inputs", **wanted)
        agreed = {"id": preview["id"], "fingerprint": preview["fingerprint"]}
        done = await ask(client, "confirm_change", **agreed)
        told = await ask(client, "planning_inputs")
        nothing = await ask(client, "replenishment")

    assert (preview["state"], done["state"]) == ("proposed", "verified")
    (row,) = [dict(zip(told["columns"], one, strict=True)) for one in told["rows"]]
    assert (row["sku"], row["input"], row["value"], row["set_by"]) == (
        *("LAMP", "lead_time_days", 45, "test"),
    )
    assert not nothing["rows"]
    assert "inventory has never been loaded; see data_freshness." in nothing["notes"]


async def test_many_are_said_in_one_call_and_the_report_is_per_item(
    connect: Connect, issue: Issue, ask: Ask
) -> None:
    async with connect(await issue("harbor", scopes=PLANNER)) as client:
        items = [
            {"sku": "LAMP", "inputs": {"moq_units": 10}},
            {"sku": "SOFA", "inputs": {"moq_units": -1}},
        ]
        batch = await ask(client, "set_planning_inputs", marketplace="US", items=items)
        agreed = {"id": batch["id"], "fingerprint": batch["fingerprint"]}
        done = await ask(client, "confirm_change", **agreed)

    assert [item["state"] for item in batch["items"]] == ["proposed", "blocked"]
    assert [item["state"] for item in done["items"]] == ["verified", "blocked"]
    assert "moq_units" in done["items"][1]["problem"]
