"""Before and after, side by side: everything that somebody agrees to, nothing cut into a summary.

Tools show what they like: values, values inside values, lists of things. A value is one
line; a list of things is a table of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Value:
    """One value.

    Args:
        name: Where it stands, e.g. ``price``.
        before: As it is; None: there is none.
        after: As it would be.
    """

    name: str
    before: str | None
    after: str | None

    @property
    def changes(self) -> bool:
        """Whether it would be another."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Listed:
    """Things of one kind, on one side.

    Args:
        name: Where they stand, e.g. ``items``.
        side: ``before`` or ``after``.
        columns: What is told of them.
        rows: Each of them, by column.
    """

    name: str
    side: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | None]]


def values_of(before: Record, after: Record) -> list[Value]:
    """Every single value that either side has, in the tool's order."""
    old, new = dict(_values(before)), dict(_values(after))
    found = (Value(name, old.get(name), new.get(name)) for name in dict.fromkeys([*old, *new]))
    return [one for one in found if one.before is not None or one.after is not None]


def lists_of(before: Record, after: Record) -> list[Listed]:
    """Every list of things of either side."""
    return [*_lists(before, "before"), *_lists(after, "after")]


def _values(side: Any, name: str = "") -> Iterator[tuple[str, str | None]]:
    if isinstance(side, Mapping) and (side or not name):
        for key, inner in side.items():
            yield from _values(inner, f"{name} {key}".strip())
    elif not _is_list_of_things(side):
        yield name, _spelled(side)


def _lists(side: Any, word: str, name: str = "") -> Iterator[Listed]:
    if isinstance(side, Mapping):
        for key, inner in side.items():
            yield from _lists(inner, word, f"{name} {key}".strip())
    elif _is_list_of_things(side):
        flat = [dict(_values(thing)) for thing in side]
        columns = list(dict.fromkeys(column for thing in flat for column in thing))
        yield Listed(name, word, columns, [[thing.get(c) for c in columns] for thing in flat])
        for at, thing in enumerate(side, start=1):
            yield from _lists(thing, word, f"{name} {at}")


def _is_list_of_things(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(one, Mapping) for one in value)
    )


def _spelled(value: Any) -> str | None:
    """One value as people read it; None: there is none."""
    if value is None or value in ("", [], {}):
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(_spelled(one) or "–" for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_spelled(inner) or '–'}" for key, inner in value.items())
    return str(value)
