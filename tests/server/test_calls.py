"""Calls through the SDK's own client, in both protocol eras."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, CallToolResult, TextContent, TextResourceContents

from stockroom.core.scope import Scope
from stockroom.entrypoints.house import House
from stockroom.entrypoints.mcp_prompts import PROMPTS
from stockroom.writes.doors import GATE_TOOLS

Issue = Callable[..., Awaitable[str]]
Ask = Callable[..., Awaitable[dict[str, Any]]]
Connect = Callable[..., AbstractAsyncContextManager[Client]]


async def test_an_answer_says_whose_it_is_in_text_and_structure_alike(
    connect: Connect, issue: Issue, ask: Ask, era: str
) -> None:
    async with connect(await issue("harbor"), era) as client:
        body = await ask(client, "changes")
    assert body["account"] == "harbor"
    assert body["rows"] == []
    assert body["notes"]
    assert set(body) == {
        "account",
        "marketplace",
        "as_of",
        "columns",
        "rows",
        "notes",
        "total",
        "truncated",
        "next_cursor",
    }


async def test_a_marketplace_is_answered_by_its_code_however_it_was_typed(
    connect: Connect, issue: Issue, ask: Ask
) -> None:
    async with connect(await issue("harbor")) as client:
        assert (await ask(client, "listings", marketplace="gb"))["marketplace"] == "UK"
        assert (await ask(client, "listings", marketplace=" us"))["marketplace"] == "US"
        assert (await ask(client, "listings"))["marketplace"] is None
        assert (await ask(client, "listings", marketplace="zz"))["field"] == "marketplace"


async def test_the_text_is_compact(connect: Connect, issue: Issue, era: str) -> None:
    async with connect(await issue("harbor"), era) as client:
        result = await client.call_tool("changes", {})
    assert isinstance(result, CallToolResult)
    assert isinstance(result.content[0], TextContent)
    text = result.content[0].text
    assert text == json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)


async def test_a_key_of_several_accounts_names_one_in_every_call(
    connect: Connect, issue: Issue, ask: Ask, era: str
) -> None:
    async with connect(await issue("harbor", "elm"), era) as client:
        assert (await ask(client, "changes", account="elm"))["account"] == "elm"
        refusal = await ask(client, "changes")
    assert refusal["error_kind"] == "invalid_input"
    assert refusal["field"] == "account"


@pytest.mark.requirement("same-answer")
async def test_another_sellers_account_and_one_that_does_not_exist_are_told_apart_by_nothing(
    connect: Connect, issue: Issue, ask: Ask, era: str
) -> None:
    async with connect(await issue("harbor", "elm"), era) as client:
        theirs = await ask(client, "changes", account="ridge")
        nobodys = await ask(client, "changes", account="no-such")
    assert theirs == nobodys
    assert theirs["error_kind"] == "not_found"
    assert "ridge" not in json.dumps(theirs)


@pytest.mark.requirement("same-answer")
async def test_a_key_of_one_account_has_no_way_to_name_another(
    connect: Connect, issue: Issue, ask: Ask, era: str
) -> None:
    async with connect(await issue("harbor"), era) as client:
        theirs = await ask(client, "changes", account="ridge")
        nobodys = await ask(client, "changes", account="no-such")
    assert theirs == nobodys
    assert (theirs["error_kind"], theirs["field"]) == ("invalid_input", "account")


@pytest.mark.requirement("scopes-held")
@pytest.mark.parametrize("name", ["set_price", "confirm_change"])
async def test_a_tool_outside_the_keys_scopes_is_refused_and_says_what_it_takes(
    connect: Connect, issue: Issue, ask: Ask, era: str, name: str
) -> None:
    async with connect(await issue("harbor"), era) as client:
        refusal = await ask(client, name, sku="S", id="1")
    assert refusal["error_kind"] == "not_allowed"
    assert name in refusal["summary"]
    assert ":write" in refusal["next_step"] or ":confirm" in refusal["next_step"]


async def test_a_tool_that_does_not_exist_is_a_protocol_error(
    connect: Connect, issue: Issue, era: str
) -> None:
    async with connect(await issue("harbor"), era) as client:
        with pytest.raises(MCPError) as caught:
            await client.call_tool("no_such_tool", {})
    assert caught.value.error.code == INVALID_PARAMS
    assert caught.value.error.message == "Unknown tool: no_such_tool"


@pytest.mark.parametrize(
    "arguments",
    [
        {"stat": "proposed"},
        {"limit": 0},
        {"limit": "many"},
        {"state": "Atzr|secret-looking"},
        {"cursor": "bm9uc2Vuc2U"},
        {"id": "not-a-uuid"},
    ],
)
async def test_a_bad_argument_is_named_and_never_repeated(
    connect: Connect, issue: Issue, ask: Ask, era: str, arguments: dict[str, Any]
) -> None:
    async with connect(await issue("harbor"), era) as client:
        body = await ask(client, "changes", **arguments)
    assert body["error_kind"] == "invalid_input"
    assert [body["field"]] == list(arguments)
    assert body["retryable"] is False
    assert body["next_step"]
    assert "Atzr" not in json.dumps(body)
    assert "pydantic" not in json.dumps(body)


async def test_accounts_shows_every_account_of_the_key_and_what_it_may_do(
    connect: Connect, issue: Issue, ask: Ask, era: str
) -> None:
    async with connect(await issue("harbor", "elm"), era) as client:
        body = await ask(client, "accounts")
    at = body["columns"].index("account")
    assert {row[at] for row in body["rows"]} == {"harbor", "elm"}
    assert "stock:read" in body["notes"][-1]


async def test_columns_are_documented_in_a_resource(
    connect: Connect, issue: Issue, ask: Ask, era: str
) -> None:
    async with connect(await issue("harbor"), era) as client:
        columns = (await ask(client, "changes"))["columns"]
        listed = [str(one.uri) for one in (await client.list_resources()).resources]
        (contents,) = (await client.read_resource("stockroom://columns/changes")).contents
        assert isinstance(contents, TextResourceContents)
        documented = json.loads(contents.text)["columns"]
        templates = (await client.list_resource_templates()).resource_templates
        with pytest.raises(MCPError) as caught:
            await client.read_resource("stockroom://columns/no_such_tool")
    assert "stockroom://columns/changes" in listed
    assert set(columns) <= {column["name"] for column in documented}
    assert all(column["meaning"] and column["unit"] for column in documented)
    assert [template.uri_template for template in templates] == ["stockroom://columns/{tool}"]
    assert caught.value.error.code == INVALID_PARAMS


async def test_datasets_and_metrics_are_documented_from_their_declarations(
    connect: Connect, issue: Issue
) -> None:
    async with connect(await issue("harbor")) as client:
        pages = {}
        for name in ("datasets", "metrics"):
            (page,) = (await client.read_resource(f"stockroom://{name}")).contents
            assert isinstance(page, TextResourceContents)
            pages[name] = json.loads(page.text)[name]
    by_name = {page["name"]: page for page in pages["datasets"]}
    assert by_name["ledger_detail"]["history_days"] > 365
    assert all(page["meaning"] for page in (*pages["datasets"], *pages["metrics"]))


async def test_a_prompt_is_listed_when_the_key_can_follow_it(
    connect: Connect, issue: Issue, era: str
) -> None:
    async with connect(await issue("harbor"), era) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        prompts = (await client.list_prompts()).prompts
        got = await client.get_prompt("morning_review", {"marketplace": "US"})
        with pytest.raises(MCPError) as unknown:
            await client.get_prompt("no_such_prompt")
        with pytest.raises(MCPError) as refused:
            await client.get_prompt("morning_review", {"marketplace": "x" * 101})
    assert {prompt.name for prompt in prompts} == {prompt.name for prompt in PROMPTS}
    assert all(prompt.tools <= tools for prompt in PROMPTS)
    assert isinstance(got.messages[0].content, TextContent)
    assert "marketplace: US" in got.messages[0].content.text
    assert {unknown.value.error.code, refused.value.error.code} == {INVALID_PARAMS}
    async with connect(await issue("harbor", scopes=frozenset({Scope.STOCK_READ}))) as client:
        names = {prompt.name for prompt in (await client.list_prompts()).prompts}
    assert "claims_round" not in names


@pytest.mark.parametrize(
    ("query", "gone"),
    [
        ("?read_only=1", {"set_price", "confirm_change", "cancel_change", "revert_change"}),
        ("?toolsets=stock", {"set_price", "changes", "sales_velocity"}),
        ("?read_only", {"set_price", "confirm_change"}),
        ("?toolsets=", {"set_price", "changes", "stock"}),
        ("?toolsets=audit,listings&read_only=true", {"set_price", "stock", "sales_velocity"}),
        ("?toolsets=nothing", {"set_price", "changes", "stock"}),
    ],
)
async def test_the_address_narrows_what_a_key_sees(
    connect: Connect, issue: Issue, ask: Ask, query: str, gone: set[str]
) -> None:
    key = await issue("harbor", scopes=frozenset(Scope))
    async with connect(key) as client:
        everything = {tool.name for tool in (await client.list_tools()).tools}
    async with connect(key, query=query) as client:
        left = {tool.name for tool in (await client.list_tools()).tools}
        for name in gone:
            assert (await ask(client, name))["error_kind"] == "not_allowed"
    assert gone <= everything
    assert left == everything - (everything - left)
    assert not gone & left


@pytest.mark.requirement("scopes-held")
async def test_the_address_never_widens_a_key(connect: Connect, issue: Issue, ask: Ask) -> None:
    key = await issue("harbor", scopes=frozenset({Scope.AUDIT_READ}))
    query = "?toolsets=audit,stock,listings&read_only=0&account=ridge&account=harbor"
    async with connect(key, query=query) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        body = await ask(client, "changes")
    assert names == {"accounts", "changes"}
    assert body["account"] == "harbor"


async def test_the_address_can_choose_one_of_a_keys_accounts(
    connect: Connect, issue: Issue, ask: Ask
) -> None:
    key = await issue("harbor", "elm")
    async with connect(key, query="?account=elm") as client:
        assert (await ask(client, "changes"))["account"] == "elm"
    async with connect(key, query="?account=ridge") as client:
        assert (await ask(client, "changes"))["error_kind"] == "not_found"
        assert (await ask(client, "accounts"))["rows"] == []
    async with connect(key, query="?account=") as client:
        assert (await ask(client, "changes"))["error_kind"] == "not_found"


@pytest.mark.requirement("scopes-held")
async def test_a_key_for_one_tool_has_that_tool_only(connect: Connect, issue: Issue) -> None:
    async with connect(await issue("harbor", tools=["changes"])) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == ["changes"]


@pytest.mark.requirement("scopes-held")
@pytest.mark.parametrize("scope", Scope)
async def test_a_key_lists_and_calls_only_the_tools_of_its_scope(
    house: House, connect: Connect, issue: Issue, ask: Ask, scope: Scope
) -> None:
    declared = {tool.name: {tool.scope} for tool in house.read_tools}
    declared |= {tool.name: {tool.scope} for tool in house.write_tools}
    declared |= {tool.name: set(tool.scopes) for tool in GATE_TOOLS}
    within = {name for name, scopes in declared.items() if scope in scopes} | {"accounts"}
    without = set(declared) - within
    async with connect(await issue("harbor", scopes=frozenset({scope}))) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == within
        for name in without:
            assert (await ask(client, name))["error_kind"] == "not_allowed"
