"""Which migrations this version brings, told by their file names alone: cheap enough for every start."""

from __future__ import annotations

from pathlib import Path

import stockroom

_PACKAGE = Path(stockroom.__file__).parent


def scripts() -> Path:
    """The folder of the migrations: inside an installed package, or beside a checkout's sources."""
    installed = _PACKAGE / "_migrations"
    return installed if installed.is_dir() else _PACKAGE.parents[1] / "migrations"


def newest() -> str:
    """The number of the last migration; empty before the first."""
    return max((path.name[:4] for path in (scripts() / "versions").glob("[0-9]*.py")), default="")
