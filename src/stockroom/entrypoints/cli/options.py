"""Options that several commands share, and what follows from them."""

from __future__ import annotations

from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from stockroom.core import log
from stockroom.core.config import Settings, load_settings

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        help="Where this installation keeps its data. Default: $STOCKROOM_HOME or ~/.stockroom.",
        show_default=False,
    ),
]
AccountOption = Annotated[
    str | None, typer.Option("--account", help="One account, by its name. Default: all.")
]
OrganisationOption = Annotated[str, typer.Option("--org", help="The organisation, by its name.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
MoodOption = Annotated[
    list[str] | None,
    typer.Option(
        "--mood",
        help="How the pretend Amazon misbehaves, e.g. flaky or half-report (may be repeated; all "
        "of them: stockroom simulator mood --help). Kept in the home until cleared.",
    ),
]
LifelineOption = Annotated[
    bool,
    typer.Option("--lifeline", hidden=True, help="Stop when standard input closes."),
]


_home: ContextVar[Path | None] = ContextVar("home", default=None)


def remember_home(home: Path | None) -> None:
    """Keep the ``--home`` that was given before the command."""
    _home.set(home)


def settings_for(home: Path | None, *, service: bool = False, **overrides: Any) -> Settings:
    """The settings of this command, with logging set up by them.

    Args:
        home: ``--home`` after the command; it wins over the one before it.
        service: It runs until it is stopped and is watched by its log; other commands speak to
            a person and log only what goes wrong, unless they are told otherwise.
        overrides: Other options that stand for settings.
    """
    settings = load_settings(home=home or _home.get(), **overrides)
    told = service or "log_level" in settings.model_fields_set
    log.configure(settings.log_level if told else "WARNING", settings.log_format)
    return settings


def call(name: str, /, *arguments: Any, **options: Any) -> Any:
    """Do what a command is for; returns what it returns.

    Args:
        name: ``module.function`` of the entrypoints; imported now and not before, so that help
            and refusals of the command line come at once.
        arguments: Passed on.
        options: Passed on.
    """
    module, _, function = name.rpartition(".")
    work = getattr(import_module(f"stockroom.entrypoints.{module}"), function)
    return work(*arguments, **options)
