"""Bad input at the command line: one line that names the thing and the remedy, and nothing done."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest
from tests.commands import stockroom


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """The one line it left with."""
    assert done.returncode in {1, 2}, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("stockroom: ")
    return lines[0]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["nonsense"], "nonsense"),
        (["serve", "--port", "99999"], "--port"),
        (["sync", "--days", "0"], "--days"),
        (["demo", "--skus", "many"], "--skus"),
        (["truth"], "--account"),
        (["key"], "stockroom key --help"),
    ],
)
def test_a_command_line_that_cannot_be_meant(arguments: list[str], named: str) -> None:
    assert named in refusal(stockroom(*arguments))


@pytest.mark.parametrize(
    ("setting", "value"), [("STOCKROOM_PORT", "abc"), ("STOCKROOM_LOG_FORMAT", "xml")]
)
def test_a_setting_that_cannot_be_used(tmp_path: Path, setting: str, value: str) -> None:
    line = refusal(stockroom("serve", "--home", str(tmp_path), **{setting: value}))
    assert setting in line


@pytest.mark.parametrize("arguments", [["serve"], ["demo"], ["db", "upgrade"]])
def test_a_home_that_is_no_folder(tmp_path: Path, arguments: list[str]) -> None:
    home = tmp_path / "file"
    home.write_text("mine")
    done = stockroom(*arguments, "--home", str(home), STOCKROOM_PORT="0")
    assert str(home) in refusal(done)
    assert home.read_text() == "mine"


@pytest.mark.parametrize("arguments", [["serve"], ["key", "list"]])
def test_a_home_without_a_database(tmp_path: Path, arguments: list[str]) -> None:
    line = refusal(stockroom(*arguments, "--home", str(tmp_path / "new"), STOCKROOM_PORT="0"))
    assert "no database" in line
    assert "stockroom d" in line
    assert not list(tmp_path.rglob("postgres*"))


def test_a_home_without_a_world(tmp_path: Path) -> None:
    line = refusal(stockroom("truth", "--account", "harbor", "--home", str(tmp_path)))
    assert "world.json" in line
    assert "stockroom demo" in line


@pytest.mark.requirement("secrets-never-in-errors")
@pytest.mark.parametrize(
    "arguments", [["db", "upgrade"], ["serve", "--port", "0", "--keys-port", "0"], ["work"]]
)
def test_a_database_that_is_down(tmp_path: Path, arguments: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"postgresql://owner:hush-hush@127.0.0.1:{port}/stockroom"
    home = tmp_path / "home"
    line = refusal(stockroom(*arguments, "--home", str(home), DATABASE_URL=url))
    assert f"127.0.0.1:{port} does not answer" in line
    assert "hush-hush" not in line
    assert not home.exists()


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = refusal(stockroom("serve", "--home", str(tmp_path / "new"), "--port", port))
    assert port in line
    assert "in use" in line
    assert not (tmp_path / "new").exists()


def test_a_world_that_cannot_be(tmp_path: Path) -> None:
    world, home = tmp_path / "world.json", tmp_path / "home"
    world.write_text('{"demand_scale": -1}')
    assert "demand_scale" in refusal(stockroom("demo", "--home", str(home), "--world", str(world)))
    assert not home.exists()


def test_a_world_that_is_not_there(tmp_path: Path) -> None:
    world, home = tmp_path / "world.json", tmp_path / "home"
    line = refusal(stockroom("demo", "--home", str(home), "--world", str(world)))
    assert f"{world} does not exist" in line
    assert not home.exists()


def test_stdio_with_a_key_that_opens_nothing(tmp_path: Path) -> None:
    line = refusal(stockroom("stdio", "--home", str(tmp_path)))
    assert "STOCKROOM_API_KEY" in line
