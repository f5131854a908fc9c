"""Every ``stockroom …`` line of the documentation is one that the command line understands."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup
from typer.main import get_command

from stockroom.entrypoints.cli.main import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / ".env.example", *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
PAGES = sorted(page for page in PAGES if page.name != "CHANGELOG.md")  # it tells of the past, too

BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
MENTION = re.compile(r"`stockroom ([^`]+)`")
COMMAND = re.compile(
    r"(?:\S*/|docker compose exec \w+ |docker run --rm )?stockroom\s+(?P<rest>[a-z-].*)"
)
ENDS = {";", "&&", "||", "|", ">", ">>", "<"}


@cache
def root() -> Any:
    """Every command, made once: typer reads all their signatures for it."""
    return get_command(app)


def words(line: str) -> list[str]:
    """The command's words, as a shell would hand them over."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";|&<>")
    lexer.whitespace_split = True
    found = list(lexer)
    end = next((at for at, word in enumerate(found) if word in ENDS), len(found))
    return found[:end]


def commands() -> list[str]:
    """Commands to be typed."""
    return [
        match["rest"]
        for page in PAGES
        for block in BLOCK.findall(page.read_text(encoding="utf-8"))
        for line in block.replace("\\\n", " ").splitlines()
        if (match := COMMAND.match(line))
    ]


def mentions() -> list[str]:
    """Commands that running text speaks of, not always with all they need."""
    return sorted(
        {
            " ".join(said.split())
            for page in PAGES
            for said in MENTION.findall(BLOCK.sub("", page.read_text(encoding="utf-8")))
        }
    )


def understood(line: str) -> None:
    """Parse a command line down to its last command, without running anything.

    Raises:
        TyperException: It cannot be meant.
    """
    command, name, arguments = root(), "stockroom", words(line)
    context: Any = typer.Context(command, info_name=name)
    while isinstance(command, TyperGroup) and (arguments or not command.invoke_without_command):
        found, sub, arguments = command.resolve_command(context, arguments)
        assert sub is not None
        command, name = sub, str(found)
        context = command.make_context(name, [*arguments], parent=context)


@pytest.mark.parametrize("line", commands())
def test_a_command_to_be_typed_is_understood(line: str) -> None:
    understood(line)


@pytest.mark.parametrize("line", mentions())
def test_a_command_that_is_spoken_of_is_there(line: str) -> None:
    assert root().main([*words(line), "--help"], "stockroom", standalone_mode=False) == 0


def test_the_first_steps_are_among_them() -> None:
    said = {" ".join(words(line)[:2]) for line in commands()}
    assert said >= {"secrets", "db upgrade", "org create", "account add", "key create", "serve"}


@pytest.mark.parametrize(
    "line",
    [
        'key create --account harbor-us --name "weekly review"',
        'account add --org "Northlight Agency" --slug harbor-us',
        "serve --prot 1",
        "account halt harbor",
        "sync --days 0",
    ],
)
def test_a_command_that_is_not_there_is_noticed(line: str) -> None:
    with pytest.raises(typer.TyperException):
        understood(line)
