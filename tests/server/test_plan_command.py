"""``stockroom plan``: the night of one account, for a person and for a program."""

from __future__ import annotations

import asyncio
import json

import pytest

from stockroom.core.config import Settings
from stockroom.core.errors import NotFoundError
from stockroom.entrypoints import plan
from stockroom.entrypoints.house import House


async def test_a_night_is_shown_with_its_budgets(
    house: House, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    slug = (await house.registry.account("harbor")).slug
    await asyncio.to_thread(plan.run, settings, account=slug, as_json=True)
    night = json.loads(capsys.readouterr().out)
    assert night["account"] == slug
    reasons = {(one["dataset"], one["reason"]) for one in night["windows"]}
    assert reasons >= {("orders", "nightly"), ("orders", "backfill"), ("inventory", "nightly")}
    operations = {one["operation"]: one for one in night["operations"]}
    assert operations["createReport"]["burst"] == 15
    listed = sum(
        one["calls"].get("getReportDocument", 0)
        for one in night["windows"]
        if "createReport" not in one["calls"]  # Amazon makes it by itself
    )
    asked = operations["createReport"]["calls"]
    assert operations["getReportDocument"]["calls"] == asked + listed
    assert asked > 15
    assert 0 < night["bound_s"] < night["duration_s"]
    assert night["at"] < night["expected_fresh_at"] < night["expected_finish_at"]

    await asyncio.to_thread(plan.run, settings, account=slug, as_json=False)
    shown = capsys.readouterr().out
    assert "createReport" in shown
    assert "ledger_detail" in shown
    assert f"All in by {night['expected_finish_at'][:10]}" in shown


@pytest.mark.usefixtures("house")
async def test_an_account_that_is_not_there_is_named(settings: Settings) -> None:
    with pytest.raises(NotFoundError, match="'nobody'"):
        await asyncio.to_thread(plan.run, settings, account="nobody", as_json=True)
