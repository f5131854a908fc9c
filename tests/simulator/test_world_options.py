"""What a world is made from: ranges, names, and the file that fixes it for a home."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from stockroom.core.errors import InvalidInputError
from stockroom.simulator.world import Parameters, WorldOptions, default_now
from stockroom.simulator.world.parameters import parameters

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)


def test_a_saved_world_is_read_back_equal(tmp_path: Path) -> None:
    made = WorldOptions.create(now=NOW, seed=3, skus=10, overrides={"loss_rate": 0.01})
    made.save(tmp_path)
    made.save(tmp_path)
    assert WorldOptions.load(tmp_path) == made
    assert [path.name for path in tmp_path.iterdir()] == ["world.json"]


def test_a_home_keeps_the_world_it_began_with(tmp_path: Path) -> None:
    first = WorldOptions.create(now=NOW, seed=3)
    first.save(tmp_path)
    with pytest.raises(InvalidInputError, match="another world"):
        WorldOptions.create(now=NOW, seed=4).save(tmp_path)
    assert WorldOptions.load(tmp_path) == first


def test_a_home_without_a_world_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="stockroom demo"):
        WorldOptions.load(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 2}', "nonsense"])
def test_a_broken_world_file_is_one_clear_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "world.json").write_text(text)
    with pytest.raises(InvalidInputError, match=r"world\.json"):
        WorldOptions.load(tmp_path)


@pytest.mark.parametrize(
    ("field", "value"),
    [("seed", -1), ("skus", 0), ("days", 5), ("account_count", 0), ("skus", 10**9)],
)
def test_impossible_options_are_refused_by_name(field: str, value: int) -> None:
    with pytest.raises(InvalidInputError) as caught:
        WorldOptions.create(now=NOW, **{field: value})  # type: ignore[arg-type]
    assert caught.value.field == field.removesuffix("_count").replace("account", "accounts")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("loss_rate", -0.1),
        ("demand_scale", 1e9),
        ("demand_scale", float("nan")),
        ("lead_time_days", "soon"),
        ("late_cancel_days", 2.5),
        ("no_such_dial", 1),
    ],
)
def test_unknown_or_impossible_parameters_are_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parameters({field: value})
    assert caught.value.field == field
    assert field in caught.value.summary


def test_every_parameter_has_a_range() -> None:
    for name, field in Parameters.model_fields.items():
        bounds = {type(rule).__name__ for rule in field.metadata}
        assert {"Ge", "Le"} <= bounds, name


def test_now_is_the_last_quiet_morning() -> None:
    late = datetime(2026, 11, 21, 22, 41, tzinfo=UTC)
    early = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    assert default_now(late) == NOW
    assert default_now(NOW) == NOW
    assert default_now(early) == datetime(2026, 11, 20, 8, 45, tzinfo=UTC)


def test_the_first_day_lies_the_asked_days_back() -> None:
    assert WorldOptions.create(now=NOW, days=400).first_day == date(2025, 10, 17)


def test_the_file_says_everything_the_world_depends_on(tmp_path: Path) -> None:
    WorldOptions.create(now=NOW).save(tmp_path)
    stored = json.loads((tmp_path / "world.json").read_text())
    assert set(stored) == {"version", "seed", "now", "days", "skus", "accounts", "parameters"}
    assert set(stored["parameters"]) == set(Parameters.model_fields)
