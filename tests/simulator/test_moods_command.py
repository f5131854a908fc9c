"""``stockroom simulator mood``: told to a running simulator, or written down for the next start."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.commands import stockroom
from tests.serving import serving
from typer.main import get_command

from stockroom.core.clock import FixedClock
from stockroom.core.config import Settings, load_settings
from stockroom.core.errors import ConfigurationError, InvalidInputError
from stockroom.entrypoints.cli.main import app
from stockroom.entrypoints.simulator_mood import begin_with, run
from stockroom.simulator.app import create_app
from stockroom.simulator.moods.catalogue import MOODS
from stockroom.simulator.world import World

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def home(world: World, tmp_path: Path) -> Path:
    world.options.save(tmp_path)
    return tmp_path


@pytest.fixture
async def running(world: World, clock: FixedClock, home: Path) -> AsyncIterator[Settings]:
    async with serving(create_app(world, clock, home)) as url:
        yield load_settings(home=home, simulator_url=url)


def kept(home: Path) -> list[str]:
    found: list[str] = json.loads((home / "simulator" / "mood.json").read_text(encoding="utf-8"))
    return found


async def test_a_running_simulator_is_told(
    running: Settings, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await asyncio.to_thread(run, running, ["slow", "flaky"], clear=False)
    assert capsys.readouterr().out == "slow\nflaky\n"
    assert kept(home) == ["slow", "flaky"]
    await asyncio.to_thread(run, running, [], clear=False)
    assert capsys.readouterr().out == "slow\nflaky\n"
    await asyncio.to_thread(run, running, [], clear=True)
    assert capsys.readouterr().out == "No mood is on.\n"
    assert kept(home) == []


async def test_a_running_simulators_refusal_is_shown(running: Settings) -> None:
    with pytest.raises(InvalidInputError, match=r"'angry' is no mood\..*role-missing"):
        await asyncio.to_thread(run, running, ["angry"], clear=False)


@pytest.mark.parametrize("url", [NOBODY, None])
def test_a_stopped_simulator_finds_it_in_the_home(
    home: Path, url: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = load_settings(home=home, simulator_url=url)
    run(settings, ["cp1252"], clear=False)
    assert "will begin like this:\ncp1252\n" in capsys.readouterr().out
    assert kept(home) == ["cp1252"]
    run(settings, [], clear=False)
    assert "cp1252" in capsys.readouterr().out
    run(settings, [], clear=True)
    assert kept(home) == []


async def test_something_else_at_the_address_is_not_believed(running: Settings, home: Path) -> None:
    elsewhere = load_settings(home=home, simulator_url=f"{running.simulator_url}/documents")
    with pytest.raises(ConfigurationError, match="No pretend Amazon answers"):
        await asyncio.to_thread(run, elsewhere, ["slow"], clear=False)


def test_a_start_without_moods_leaves_the_ones_that_are_on(home: Path) -> None:
    settings = load_settings(home=home)
    assert begin_with(settings, ["slow"]) == ["slow"]
    assert begin_with(settings, None) == ["slow"]
    assert begin_with(settings, ["flaky"]) == ["flaky"]


def test_moods_and_clear_contradict_each_other(home: Path) -> None:
    with pytest.raises(InvalidInputError, match="--clear"):
        run(load_settings(home=home), ["slow"], clear=True)


def test_a_home_without_a_world_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="no pretend seller"):
        run(load_settings(home=tmp_path), ["slow"], clear=False)


def test_the_command_line_passes_moods_on(home: Path) -> None:
    stockroom("simulator", "mood", "slow", "cp1252", "--home", str(home)).check_returncode()
    assert kept(home) == ["slow", "cp1252"]


def test_the_help_names_every_mood() -> None:
    simulator = get_command(app).commands["simulator"]  # type: ignore[attr-defined]
    parameters = {one.name: one for one in simulator.commands["mood"].params}
    assert {name for name in MOODS if name in parameters["moods"].help} == set(MOODS)
