"""A demo's home: its world is fixed, its clock runs on, one demo at a time."""

from __future__ import annotations

import json
import socket
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from stockroom.core.config import Settings, load_settings
from stockroom.core.errors import ConfigurationError, InvalidInputError
from stockroom.entrypoints.demo_home import claimed, prepared
from stockroom.entrypoints.demo_plan import DemoPlan
from stockroom.simulator.world import WorldOptions


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def start(home: Path, **plan: object) -> tuple[Settings, WorldOptions]:
    return prepared(load_settings(home=home), DemoPlan(**plan))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ('{"demand_scale": -1}', "demand_scale"),
        ('{"demandscale": 1}', "demandscale"),
        ("[1]", "no JSON object"),
        ("{", "cannot be read as JSON"),
    ],
)
def test_a_world_that_cannot_be_leaves_the_home_as_it_was(
    tmp_path: Path, home: Path, content: str, named: str
) -> None:
    world = tmp_path / "world.json"
    world.write_text(content)
    with pytest.raises(InvalidInputError, match=named):
        start(home, world=world)
    assert not list(home.iterdir())


def test_every_command_of_the_home_sees_the_same_amazon_at_the_same_time(home: Path) -> None:
    settings, options = start(home, skus=12)
    again = load_settings(home=home)
    assert again.simulator_url == settings.simulator_url
    assert again.spapi_eu_url == f"{settings.simulator_url}/eu"
    assert again.clock_start == options.now
    assert abs(again.clock.now() - settings.clock.now()) < timedelta(seconds=5)
    assert (home / "stockroom.env").stat().st_mode & 0o777 == 0o600


def test_starting_again_goes_on_with_the_same_world_clock_and_keys(home: Path) -> None:
    settings, options = start(home, skus=12, seed=3)
    again, same = start(home)
    assert same == options
    assert again.clock_anchor == settings.clock_anchor
    assert again.encryption_keys == settings.encryption_keys
    assert again.key_pepper == settings.key_pepper


def test_advance_moves_the_clock_by_whole_days(home: Path) -> None:
    before, _ = start(home, skus=12)
    after, options = start(home, skus=12, advance=3)
    assert after.clock_start is not None
    assert before.clock_start is not None
    assert after.clock_start - before.clock_start == timedelta(days=3)
    assert options.now == before.clock_start


@pytest.mark.parametrize("other", [{"seed": 4}, {"skus": 13}, {"days": 31}, {"accounts": 2}])
def test_a_home_keeps_the_world_it_began_with(home: Path, other: dict[str, int]) -> None:
    start(home, skus=12, seed=3, days=30, accounts=1)
    with pytest.raises(InvalidInputError, match=next(iter(other))):
        start(home, **other)


def test_an_installation_that_is_no_demo_is_left_alone(home: Path) -> None:
    (home / "postgres").mkdir()
    with pytest.raises(ConfigurationError, match="no demo"):
        start(home)
    assert [path.name for path in home.iterdir()] == ["postgres"]


def test_an_asked_port_that_is_taken_is_refused_and_an_unasked_one_replaced(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=str(port)):
            start(home, port=port)
        settings, _ = prepared(load_settings(home=home, port=port), DemoPlan(skus=12))
    assert settings.port != port


def test_one_demo_at_a_time(home: Path) -> None:
    with claimed(home), pytest.raises(ConfigurationError, match="already running"), claimed(home):
        pass
    with claimed(home):
        pass


def test_a_demo_that_never_began_leaves_no_trace(tmp_path: Path) -> None:
    there, new = tmp_path / "there", tmp_path / "new"
    there.mkdir()
    impossible: list[dict[str, object]] = [
        {"world": tmp_path / "no-such.json"},
        {"skus": 1},
        {"moods": ["cheerful"]},
    ]
    for home, plan in product((there, new), impossible):
        with pytest.raises(InvalidInputError), claimed(home):
            start(home, **plan)
    assert list(tmp_path.iterdir()) == [there]
    assert not list(there.iterdir())


def test_a_demo_that_gives_up_does_not_let_two_others_in(home: Path) -> None:
    with claimed(home):
        pass
    with claimed(home):
        assert (home / "demo.lock").stat().st_nlink == 1
        with pytest.raises(ConfigurationError), claimed(home):
            pass
        assert (home / "demo.lock").exists()


def test_the_world_file_holds_what_was_asked(tmp_path: Path, home: Path) -> None:
    world = tmp_path / "mine.json"
    world.write_text('{"demand_scale": 2.5}')
    start(home, world=world, skus=12)
    kept = json.loads((home / "world.json").read_text())
    assert kept["parameters"]["demand_scale"] == 2.5
