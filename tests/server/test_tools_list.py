"""What clients see of the tools: names, schemas, texts, and what they cost."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from stockroom.core.scope import READ_SCOPES, Scope

Issue = Callable[..., Awaitable[str]]
Connect = Callable[..., AbstractAsyncContextManager[Client]]

SNAPSHOTS = Path(__file__).parents[1] / "snapshots"
BUDGET = {"read": 26_500, "full": 48_500}
SCOPES = {"read": READ_SCOPES, "full": frozenset(Scope)}


async def listed(connect: Connect, key: str, era: str = "2026-07-28") -> list[dict[str, Any]]:
    async with connect(key, era) as client:
        tools = (await client.list_tools()).tools
    return [tool.model_dump(by_alias=True, mode="json", exclude_none=True) for tool in tools]


@pytest.mark.parametrize("kind", ["read", "full"])
async def test_the_list_is_the_snapshot_and_within_its_budget(
    connect: Connect, issue: Issue, kind: str
) -> None:
    """Delete the snapshot to renew it: the test writes what it sees, and fails once."""
    tools = await listed(connect, await issue("harbor", "elm", scopes=SCOPES[kind]))
    path = SNAPSHOTS / f"tools_list_{kind}.json"
    text = json.dumps(tools, indent=1, ensure_ascii=False) + "\n"
    known = path.read_text(encoding="utf-8") if path.exists() else ""
    if not known:
        path.write_text(text, encoding="utf-8")
    assert text == known, f"{path.name} was written anew: read the difference"
    assert len(json.dumps(tools, separators=(",", ":"))) <= BUDGET[kind]


async def test_both_eras_see_the_same_tools(connect: Connect, issue: Issue) -> None:
    key = await issue("harbor", scopes=frozenset(Scope))
    assert await listed(connect, key, "legacy") == await listed(connect, key)


async def test_every_tool_has_a_title_all_four_annotations_and_the_one_output_schema(
    connect: Connect, issue: Issue
) -> None:
    tools = await listed(connect, await issue("harbor", scopes=frozenset(Scope)))
    for tool in tools:
        assert tool["title"], tool["name"]
        assert len(tool["description"]) > 40, tool["name"]
        assert tool["annotations"]["title"] == tool["title"]
        hints = {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
        assert hints <= set(tool["annotations"])
        assert tool["outputSchema"] == tools[0]["outputSchema"]
    assert len(json.dumps(tools[0]["outputSchema"], separators=(",", ":"))) <= 350


async def test_only_confirming_is_marked_destructive_and_only_reads_read_only(
    connect: Connect, issue: Issue
) -> None:
    tools = await listed(connect, await issue("harbor", scopes=frozenset(Scope)))
    writes = {"set_price", "confirm_change", "cancel_change", "revert_change"}
    writes |= {"set_quantity", "edit_listing"}
    writes |= {"create_inbound_plan", "choose_placement", "choose_transportation"}
    writes |= {"cancel_inbound_plan"}
    writes |= {"set_planning_inputs", "record_reserve_stock", "record_supply_order", "record_claim"}
    writes |= {"create_mcf_order", "cancel_mcf_order", "edit_campaign", "set_bid"}
    destructive = {tool["name"] for tool in tools if tool["annotations"]["destructiveHint"]}
    changing = {tool["name"] for tool in tools if not tool["annotations"]["readOnlyHint"]}
    assert destructive == {"confirm_change"}
    assert changing == writes


async def test_schemas_forbid_what_they_do_not_name_and_carry_no_noise(
    connect: Connect, issue: Issue
) -> None:
    for tool in await listed(connect, await issue("harbor", scopes=frozenset(Scope))):
        schema = tool["inputSchema"]
        assert schema["additionalProperties"] is False
        assert '"title"' not in json.dumps({**schema, "properties": list(_parts(schema))})
        assert '{"type": "null"}' not in json.dumps(schema)


async def test_account_is_an_argument_only_when_the_key_covers_several(
    connect: Connect, issue: Issue
) -> None:
    one = await listed(connect, await issue("harbor", scopes=frozenset(Scope)))
    two = await listed(connect, await issue("harbor", "elm", scopes=frozenset(Scope)))
    assert not any("account" in tool["inputSchema"]["properties"] for tool in one)
    named = {tool["name"] for tool in two if "account" in tool["inputSchema"].get("required", ())}
    assert named == {tool["name"] for tool in two} - {"accounts"}


def _parts(schema: dict[str, Any]) -> list[Any]:
    return list(schema["properties"].values())
