"""What a demo was asked to be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """What was asked for on the command line; None where nothing was."""

    port: int | None = None
    seed: int | None = None
    accounts: int | None = None
    skus: int | None = None
    days: int | None = None
    world: Path | None = None
    advance: int = 0
    wait_backfill: bool = False
    once: bool = False
    ready_file: Path | None = None
    moods: list[str] | None = None
