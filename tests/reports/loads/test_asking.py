"""How the present is asked for: without dates, and not twice where Amazon has it already."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.reports.loads.conftest import Loader

RESERVED = "GET_RESERVED_INVENTORY_DATA"


def asked(loader: Loader) -> list[dict[str, object]]:
    """What was asked of the pretend Amazon, one per createReport."""
    journal = loader.home / "simulator" / "reports.jsonl"
    return [json.loads(line)["ask"] for line in journal.read_text().splitlines()]


async def test_a_document_of_the_present_is_asked_without_dates(loader: Loader) -> None:
    await loader.load("reserved_inventory")
    asks = asked(loader)
    assert {(ask["start"], ask["end"]) for ask in asks} == {(None, None)}
    assert len(asks) == len(loader.seller.marketplaces)


async def test_a_report_amazon_has_just_made_is_used_again(loader: Loader) -> None:
    await loader.load("reserved_inventory")
    before = len(asked(loader))
    await loader.rows("delete from app.loaded_days returning 1")
    await loader.rows("delete from app.runs returning 1")
    loader.clock.move(300)
    await loader.load("reserved_inventory")
    assert len(asked(loader)) == before


async def test_an_old_report_of_the_present_is_not_used_again(loader: Loader) -> None:
    await loader.load("reserved_inventory")
    before = len(asked(loader))
    await loader.rows("delete from app.loaded_days returning 1")
    await loader.rows("delete from app.runs returning 1")
    loader.clock.move(2 * 3600)
    await loader.load("reserved_inventory")
    assert len(asked(loader)) == 2 * before


@pytest.mark.parametrize("loader", ["NA"], indirect=True)
async def test_a_crash_after_asking_finds_its_report(loader: Loader) -> None:
    facts, amazon, engine = loader.connected.facts, loader.connected.amazon, loader.engine
    (run, *_) = await engine.plan(facts, datasets=["reserved_inventory"])
    requested = await engine.advance(facts, run, amazon)
    await loader.rows(
        "update app.runs set state = 'planned', report_id = null where id = %s returning 1", run.id
    )
    planned = await engine.find(facts, run.id)
    found = await engine.advance(facts, planned, amazon)
    assert found.report_id == requested.report_id
    assert len(asked(loader)) == 1
