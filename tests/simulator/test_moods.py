"""Moods as such: switched while running, narrowed, kept, refused, repeatable."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.serving import serving
from tests.simulator.conftest import Application, logged_in
from tests.simulator.moods import flaky_calls, log, mood

from stockroom.core.clock import FixedClock
from stockroom.core.errors import InvalidInputError
from stockroom.simulator.app import create_app
from stockroom.simulator.moods.board import MoodBoard
from stockroom.simulator.moods.catalogue import MOODS
from stockroom.simulator.world import World

LEDGER = "GET_LEDGER_SUMMARY_VIEW_DATA"
PARTICIPATIONS = "/sellers/v1/marketplaceParticipations"


async def in_force(application: Application) -> list[str]:
    found: list[str] = (await application.http.get(f"{application.url}/_mood")).json()
    return found


async def test_no_mood_is_on_until_it_is_asked_for(application: Application) -> None:
    assert await in_force(application) == []
    await application.get(PARTICIPATIONS)
    assert {entry["mood"] for entry in await log(application)} == {""}


async def test_moods_are_replaced_and_cleared_while_it_runs(application: Application) -> None:
    await mood(application, "revoked", "slow")
    assert await in_force(application) == ["slow", "revoked"]
    await mood(application, "cp1252")
    assert await in_force(application) == ["cp1252"]
    cleared = await application.http.delete(f"{application.url}/_mood")
    assert cleared.json() == [] == await in_force(application)


async def test_a_mood_is_spelled_back_as_it_was_narrowed(application: Application) -> None:
    asked = [f"half-report:{LEDGER}@{application.seller.slug}", f"slow@{application.seller.slug}"]
    answer = await mood(application, *asked, *asked)
    assert answer.json() == sorted(asked, reverse=True)


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        (["hlaf-report"], "half-report"),
        (["slow", "Flaky"], "flaky"),
        ([""], "throttled"),
        (["half-report:GET_NOTHING"], LEDGER),
        (["half-report:getReport"], LEDGER),
        (["flaky:"], "getReport"),
        (["flaky@nobody"], "Use one of"),
        (["flaky@"], "Use one of"),
        (["revoked:getReport"], "revoked@ACCOUNT"),
        (["slow@a@b"], "throttled"),
        (["slow\u202e\n"], "throttled"),
    ],
)
async def test_an_unknown_mood_is_refused_with_the_known_names_and_changes_nothing(
    application: Application, asked: list[str], named: str
) -> None:
    await mood(application, "cp1252")
    answer = await application.http.put(f"{application.url}/_mood", json=asked)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert named in error["details"]
    assert await in_force(application) == ["cp1252"]


@pytest.mark.parametrize("body", [b"", b"{", b'"slow"', b'{"mood": "slow"}', b"[1]"])
async def test_a_body_that_is_no_list_of_moods_is_refused(
    application: Application, body: bytes
) -> None:
    answer = await application.http.put(f"{application.url}/_mood", content=body)
    assert answer.status_code == 400
    assert "JSON list" in answer.json()["errors"][0]["message"]


async def test_a_restart_keeps_the_mood_until_it_is_cleared(
    world: World, clock: FixedClock, tmp_path: Path, http: httpx.AsyncClient
) -> None:
    seller = next(iter(world.sellers.values()))
    async with serving(create_app(world, clock, tmp_path)) as url:
        await mood(await logged_in(url, seller, http, clock), "role-missing")
    async with serving(create_app(world, clock, tmp_path)) as url:
        application = await logged_in(url, seller, http, clock)
        assert (await application.inventory("US")).status_code == 403
        await http.delete(f"{url}/_mood")
    async with serving(create_app(world, clock, tmp_path)) as url:
        application = await logged_in(url, seller, http, clock)
        assert (await application.inventory("US")).status_code == 200


def test_a_damaged_mood_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "simulator").mkdir()
    (tmp_path / "simulator" / "mood.json").write_text('["slow"', encoding="utf-8")
    with pytest.raises(InvalidInputError, match=r"mood\.json"):
        MoodBoard(tmp_path, 1, ["shop"])


async def test_one_sellers_mood_is_not_anothers(
    application: Application, european: Application
) -> None:
    await mood(application, f"role-missing@{european.seller.slug}")
    assert (await european.inventory("DE")).status_code == 403
    assert (await application.inventory("US")).status_code == 200


async def test_the_narrowest_setting_counts_once(application: Application) -> None:
    await mood(application, "throttled", f"throttled@{application.seller.slug}")
    answer = await application.inventory("US")
    assert answer.headers["x-amzn-ratelimit-limit"] == "0.2"


@pytest.fixture
def fresh(
    world: World, http: httpx.AsyncClient, tmp_path: Path
) -> Callable[[str], Awaitable[list[dict[str, Any]]]]:
    """A new home, the same calls in the same mood; what the log says of them."""

    async def run(home: str) -> list[dict[str, Any]]:
        clock = FixedClock(world.options.now)
        seller = next(iter(world.sellers.values()))
        async with serving(create_app(world, clock, tmp_path / home)) as url:
            application = await logged_in(url, seller, http, clock)
            await mood(application, "flaky", "throttled", "slow")
            await flaky_calls(application, 40)
            entries = await log(application)
        return [{key: entry[key] for key in ("at", "status", "mood")} for entry in entries]

    return run


async def test_the_same_calls_in_the_same_mood_meet_the_same_trouble(
    fresh: Callable[[str], Awaitable[list[dict[str, Any]]]],
) -> None:
    first = await fresh("one")
    assert first == await fresh("two")
    assert len({entry["mood"] for entry in first}) > 10


async def test_setting_a_mood_again_begins_its_luck_anew(application: Application) -> None:
    deeds = []
    for _ in range(2):
        await mood(application, "flaky")
        before = len(await log(application))
        await flaky_calls(application, 30)
        deeds.append([entry["mood"] for entry in (await log(application))[before:]])
    assert deeds[0] == deeds[1]
    assert set(deeds[0]) != {""}


def test_every_mood_does_something() -> None:
    assert len(MOODS) == 18
    for one in MOODS.values():
        struck = (one.delay_s, one.refusal, one.spoiled, one.submission)
        assert any((*struck, one.poison, one.expired_addresses)), one.name
