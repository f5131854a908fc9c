"""What nobody foresaw: the caller gets a reference, the log gets the rest."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any
from uuid import UUID

import pytest
from mcp import Client
from mcp_types import CallToolResult
from pydantic import BaseModel, ConfigDict

from stockroom.core import log
from stockroom.core.errors import DatabaseUnavailableError, StockroomError
from stockroom.core.scope import Scope
from stockroom.entrypoints.mcp_catalogue import Call, Catalogue, Entry, Nature
from stockroom.entrypoints.mcp_server import Context, StockroomServer
from stockroom.tenancy.principal import Account, Principal

CALLER = Principal(
    key_id=None, organisation_id=UUID(int=1), name="test", accounts=(), scopes=frozenset(Scope)
)

KEY = bytes(32)


class Nothing(BaseModel):
    model_config = ConfigDict(extra="forbid")


async def who_asks(_: Context) -> Principal:
    return CALLER


async def turned_away(_: Principal, __: Account, tool: str, refusal: StockroomError) -> None:
    raise AssertionError(tool, refusal)  # everybody may use the tools of these tests


def server_with(fault: BaseException) -> StockroomServer:
    async def call(_: Call) -> dict[str, Any]:
        raise fault

    entry = Entry(
        "broken",
        "Broken",
        "Always fails.",
        frozenset(Scope),
        Nature.READ,
        Nothing,
        call,
        per_account=False,
    )
    return StockroomServer(Catalogue([entry]), who_asks, turned_away, question_key=KEY)


async def called(fault: BaseException) -> dict[str, Any]:
    async with Client(server_with(fault)) as client:
        result = await client.call_tool("broken", {})
    assert isinstance(result, CallToolResult)
    assert result.is_error
    assert isinstance(result.structured_content, dict)
    return result.structured_content


@pytest.mark.requirement("faults-hide-internals")
async def test_a_fault_gives_a_reference_that_the_log_also_carries(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = logging.getLogger().handlers[:]
    log.configure()
    body = await called(ZeroDivisionError("the secret table is core.order_lines"))
    logging.getLogger().handlers = before
    assert body["error_kind"] == "internal"
    assert "core.order_lines" not in json.dumps(body)
    reference = body["summary"].rpartition("reference ")[2].rstrip(").")
    line = next(line for line in capsys.readouterr().err.splitlines() if reference in line)
    assert "ZeroDivisionError" in json.loads(line)["exception"]


async def test_a_fault_we_can_name_keeps_its_kind() -> None:
    body = await called(DatabaseUnavailableError("The database does not answer.", retry_after_s=5))
    assert body["error_kind"] == "unavailable"
    assert body["retryable"] is True
    assert body["retry_after_s"] == 5


async def test_a_call_that_takes_too_long_is_ended() -> None:

    async def call(_: Call) -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    entry = Entry(
        "slow",
        "Slow",
        "Never ends.",
        frozenset(Scope),
        Nature.READ,
        Nothing,
        call,
        per_account=False,
    )
    server = StockroomServer(
        Catalogue([entry]), who_asks, turned_away, question_key=KEY, deadline_s=0.01
    )
    async with Client(server) as client:
        result = await client.call_tool("slow", {})
    assert isinstance(result, CallToolResult)
    assert isinstance(result.structured_content, dict)
    assert result.structured_content["retryable"] is True
