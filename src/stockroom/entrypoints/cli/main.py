"""The root of the command line, and the one place where a failure becomes a line and a code.

Exit codes: 0 done, 1 failed, 2 used or set up wrong, 130 interrupted.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated, NoReturn

import typer
from typer import Abort, TyperException

from stockroom.core.errors import ConfigurationError, InvalidInputError, StockroomError
from stockroom.core.log import redact_text
from stockroom.entrypoints.cli import (
    audit,
    data,
    database,
    doctor,
    documents,
    keys,
    people,
    process,
    secrets,
    tenancy,
)
from stockroom.entrypoints.cli.options import HomeOption, remember_home
from stockroom.entrypoints.runtime import Stopped

_FAILED, _MISUSED, _INTERRUPTED = 1, 2, 130

app = typer.Typer(
    name="stockroom",
    help="A seller's Amazon inventory for AI agents: facts, metrics and safe changes over MCP.",
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
process.register(app)
data.register(app)
documents.register(app)
doctor.register(app)
tenancy.register(app)
people.register(app)
keys.register(app)
secrets.register(app)
app.add_typer(database.app, name="db")
app.add_typer(audit.app, name="audit")


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"stockroom {version('stockroom')}")
        raise typer.Exit


@app.callback()
def root(
    home: HomeOption = None,
    _: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Options before the command hold for every command."""
    remember_home(home)


def main() -> NoReturn:
    """Run one command and leave with its exit code."""
    try:
        code = typer.main.get_command(app).main(
            sys.argv[1:] or ["--help"], prog_name="stockroom", standalone_mode=False
        )
    except (Abort, KeyboardInterrupt):
        sys.exit(_INTERRUPTED)
    except TyperException as error:
        _leave(_usage(error), _MISUSED)
    except Exception as fault:  # noqa: BLE001 - the entrypoint: a line and a code, no traceback
        _leave(*_explained(fault))
    sys.exit(code if isinstance(code, int) else 0)


def _usage(error: TyperException) -> str:
    """What was wrong with the command line, in one line."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "stockroom"
    return f"{error.format_message().rstrip('.')}. See '{command} --help'."


def _explained(fault: BaseException) -> tuple[str, int]:
    while isinstance(fault, BaseExceptionGroup):
        fault = fault.exceptions[0]
    match fault:
        case ConfigurationError() | InvalidInputError():
            return str(fault), _MISUSED
        case StockroomError():
            return str(fault), _FAILED
        case Stopped():
            return "interrupted", _INTERRUPTED
        case _:
            kind = type(fault).__name__
            return f"Something unexpected happened ({kind}: {fault}). Please report it.", _FAILED


def _leave(line: str, code: int) -> NoReturn:
    print("stockroom:", redact_text(" ".join(line.split())), file=sys.stderr)
    sys.exit(code)
