"""``stockroom key create``: the key on one stream, what it will not be able to do on the other."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from stockroom.core.config import Settings
from stockroom.entrypoints.keys import create_key

DAY = '"changes_per_day": 5, "spend_per_day": {"USD": "10"}'
CAPS = '"rules": [{"measure": "bid", "max": "2"}, {"measure": "budget", "max": "50"}]'
PLAIN: dict[str, Any] = {
    "name": "bidder",
    "organisation": "Agency",
    "accounts": ["harbor"],
    "marketplaces": None,
    "tools": None,
    "allow_from": [],
    "requests_per_minute": None,
    "requests_per_day": None,
    "purpose": None,
    "expires_in_days": None,
    "scopes": ["ads:write", "changes:confirm"],
}


@pytest.mark.usefixtures("house")
async def test_a_key_that_cannot_confirm_what_it_bids_is_made_and_says_so(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    for limits in (f"{{{DAY}}}", f"{{{DAY}, {CAPS}}}"):
        await asyncio.to_thread(create_key, settings, **PLAIN, limits=limits)
        told = capsys.readouterr()
        assert told.out.startswith("sk_stockroom_")
        assert len(told.out.splitlines()) == 1
        assert ("cannot confirm set_bid by itself" in told.err) is (CAPS not in limits)
