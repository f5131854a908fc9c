"""The TypeScript SDK's clients, first and second generation, in both protocol eras."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.e2e.conftest import Demo

pytestmark = pytest.mark.foreign

GENERATIONS = {"v1": "2025-11-25", "v2": "2025-11-25", "v2-modern": "2026-07-28"}


@pytest.fixture(scope="module", params=GENERATIONS)
def generation(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def seen(generation: str, served: Demo, script: Callable[..., str]) -> dict[str, Any]:
    """What a client of that generation saw with the operator's key."""
    found: dict[str, Any] = json.loads(script("talk.mjs", generation, KEY=served.key("operator")))
    return found


def test_a_client_gets_the_revision_it_asks_for(seen: dict[str, Any], generation: str) -> None:
    assert seen["protocol"] == GENERATIONS[generation]
    assert seen["server"]["name"] == "stockroom"
    assert "Start with accounts" in seen["instructions"]


def test_a_client_lists_tools_prompts_and_resources(seen: dict[str, Any]) -> None:
    tools = {tool["name"]: tool for tool in seen["tools"]}
    assert {"accounts", "stock", "set_price", "confirm_change"} <= set(tools)
    assert all(tool["title"] and tool["description"] for tool in tools.values())
    assert tools["stock"]["annotations"]["readOnlyHint"] is True
    assert tools["confirm_change"]["annotations"]["destructiveHint"] is True
    assert {prompt["name"] for prompt in seen["prompts"]} >= {"morning_review"}
    assert "stockroom://columns/stock" in {resource["uri"] for resource in seen["resources"]}


def test_text_and_structure_of_an_answer_tell_the_same(seen: dict[str, Any], served: Demo) -> None:
    for answer in (seen["accounts"], seen["stock"]):
        assert not answer.get("isError")
        assert json.loads(answer["content"][0]["text"]) == answer["structuredContent"]
    assert (
        seen["accounts"]["structuredContent"]["rows"][0][0]
        == (served.ready["accounts"][0]["account"])
    )
    assert len(seen["stock"]["structuredContent"]["rows"]) == 2


def test_errors_have_the_shape_their_reader_needs(seen: dict[str, Any]) -> None:
    assert seen["unknownTool"]["code"] == -32602
    assert seen["unknownResource"]["code"] == -32602
    refused = seen["badArgument"]["value"]
    assert refused["isError"] is True
    body = refused["structuredContent"]
    assert (body["error_kind"], body["field"]) == ("invalid_input", "limit")
    assert json.loads(refused["content"][0]["text"]) == body


def test_without_a_good_key_there_is_no_connection(seen: dict[str, Any]) -> None:
    for refusal in (seen["wrongKey"], seen["noKey"]):
        assert 401 in (refusal["code"], refusal.get("status"))
