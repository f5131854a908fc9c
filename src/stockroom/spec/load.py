"""The three ways a window's rows replace what was there. There is no fourth."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Replaces(StrEnum):
    """What a load clears before it inserts."""

    WINDOW = "window"
    GROUP = "group"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True)
class Load:
    """A way to load.

    Args:
        replaces: What is cleared.
        group: For ``GROUP``: the columns that name one group.
        version: For ``GROUP``: the instant by which an older update is told from a newer one.
    """

    replaces: Replaces
    group: tuple[str, ...] = ()
    version: str = ""


REPLACE = Load(Replaces.WINDOW)
"""The days of the window hold exactly the document's rows: a shorter document removes rows."""

SNAPSHOT = Load(Replaces.SNAPSHOT)
"""The day asked holds exactly the document's rows, and only if the guard believes them."""


def replace_group(*group: str, version: str) -> Load:
    """All rows of a group (an order: its lines have no stable id), if the update is not older."""
    return Load(Replaces.GROUP, group, version)
