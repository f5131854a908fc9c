"""The columns of a sheet: what is shown, and where everything stands in a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement

from stockroom.spec.answer import Column


@dataclass(frozen=True, slots=True)
class Field:
    """A column of an answer, documented, and the expression it comes from."""

    name: str
    meaning: str
    source: ColumnElement[Any]
    unit: str = "text"
    full: bool = False

    @property
    def column(self) -> Column:
        """What is documented of it."""
        return Column(self.name, self.meaning, self.unit, self.full)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a row's values stand: what is shown, then the days, then what the sort needs besides.

    Args:
        names: Of the values shown.
        columns: All that is selected.
        places: Where each part of the sort stands.
    """

    names: tuple[str, ...]
    columns: tuple[ColumnElement[Any], ...]
    places: tuple[int, ...]

    @classmethod
    def of(
        cls,
        shown: Sequence[Field],
        dated: Mapping[str, ColumnElement[Any]],
        order: Sequence[ColumnElement[Any]],
    ) -> Layout:
        """The layout of a statement; a part of the sort that is shown is not sent twice."""
        columns = [field.source.label(field.name) for field in shown]
        columns += [day.label(f"as_of_{dataset}") for dataset, day in dated.items()]
        standing = {id(field.source): index for index, field in enumerate(shown)}
        places = []
        for index, part in enumerate(order):
            if id(part) not in standing:
                standing[id(part)] = len(columns)
                columns.append(part.label(f"place_{index}"))
            places.append(standing[id(part)])
        return cls(tuple(field.name for field in shown), tuple(columns), tuple(places))

    def place_of(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """A row's place in the sort."""
        return tuple([row[place] for place in self.places])
