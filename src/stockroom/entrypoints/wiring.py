"""Finds what the rooms declare, so that a new dataset, metric or tool is one new file.

Nothing else lists declarations. A module of ``reports`` offers ``REPORT``, of
``metrics`` ``METRIC``, of ``tools.read`` its tool under its own name, of
``tools.write`` its ``TOOL``.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

from stockroom import metrics, records, reports
from stockroom.tools import read as read_room
from stockroom.tools import write as write_room

_MODELS = (
    "stockroom.tenancy.models",
    "stockroom.tenancy.oauth.models",
    "stockroom.tenancy.people",
    "stockroom.tenancy.connect_links",
    "stockroom.tenancy.removal",
    "stockroom.tenancy.throttling",
    "stockroom.spec.run",
    "stockroom.writes.models",
)


def load_declarations() -> None:
    """Import every module that declares a table, so that the metadata is complete."""
    for room in (reports, records, metrics):
        for _ in _modules(room):
            pass
    for name in _MODELS:
        import_module(name)


def declared(room: ModuleType, name: str) -> list[Any]:
    """The declarations called ``name`` of a room, in alphabetical order of their files."""
    return [getattr(module, name) for _, module in _modules(room) if hasattr(module, name)]


def read_tools() -> list[Any]:
    """Every read tool."""
    return [getattr(module, name) for name, module in _modules(read_room) if hasattr(module, name)]


def write_tools() -> list[Any]:
    """Every write tool."""
    return declared(write_room, "TOOL")


def all_metrics() -> list[Any]:
    """Every metric."""
    return declared(metrics, "METRIC")


def _modules(room: ModuleType) -> Iterator[tuple[str, ModuleType]]:
    for found in sorted(pkgutil.iter_modules(room.__path__), key=lambda found: found.name):
        yield found.name, import_module(f"{room.__name__}.{found.name}")
