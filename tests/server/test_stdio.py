"""A client that starts a process and talks to it."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from stockroom.core.config import Settings
from stockroom.entrypoints.house import House

pytestmark = pytest.mark.early

Issue = Callable[..., Awaitable[str]]
Ask = Callable[..., Awaitable[dict[str, Any]]]


async def test_a_session_over_standard_input_and_output(
    settings: Settings, house: House, issue: Issue, ask: Ask, era: str
) -> None:
    assert house.settings is settings
    assert settings.database_url is not None
    assert settings.encryption_keys is not None
    assert settings.key_pepper is not None
    assert settings.audit_key is not None
    process = StdioServerParameters(
        command=sys.executable,
        args=["-m", "stockroom.entrypoints.cli", "stdio", "--home", str(settings.home_path)],
        env={
            "STOCKROOM_API_KEY": await issue("harbor"),
            "DATABASE_URL": settings.database_url,
            "STOCKROOM_ENCRYPTION_KEYS": settings.encryption_keys.get_secret_value(),
            "STOCKROOM_KEY_PEPPER": settings.key_pepper.get_secret_value(),
            "STOCKROOM_AUDIT_KEY": settings.audit_key.get_secret_value(),
        },
    )
    async with Client(process, mode=era) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        body = await ask(client, "changes")
    assert "days_of_cover" in names
    assert "set_price" not in names
    assert body["account"] == "harbor"
