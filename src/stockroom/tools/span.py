"""The days a caller asks for: a default where nothing is said, a ceiling in any case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Self

from pydantic import Field
from sqlalchemy import ColumnElement, Date, bindparam

from stockroom.core.clock import Clock
from stockroom.core.errors import InvalidInputError
from stockroom.spec.window import ONE_DAY

StartArgument = Annotated[date | None, Field(description="First day.")]
EndArgument = Annotated[date | None, Field(description="Last day. Default: today.")]


@dataclass(frozen=True, slots=True)
class Span:
    """The days ``start`` … ``end``, both in it."""

    start: date
    end: date

    @classmethod
    def of(
        cls, start: date | None, end: date | None, clock: Clock, *, default: int, most: int
    ) -> Self:
        """Check them, and complete what is missing.

        Args:
            start: First day, if given.
            end: Last day, if given.
            clock: For today.
            default: Days when no start is given.
            most: The longest range.

        Raises:
            InvalidInputError: They are out of order, in the future, or too far apart.
        """
        tomorrow = clock.now().date() + ONE_DAY
        last = end or clock.now().date()
        before = min(default - 1, (last - date.min).days)
        first = start or last - timedelta(days=before)
        if first > tomorrow or last > tomorrow:
            field = "end" if last > tomorrow else "start"
            raise InvalidInputError(
                f"{field} is in the future.", field=field, next_step="Pass a past day."
            )
        if first > last:
            raise InvalidInputError(
                "start comes after end.", field="start", next_step="Pass them in order."
            )
        if (last - first).days >= most:
            raise InvalidInputError(
                f"That is more than {most} days.",
                field="start",
                next_step=f"Ask for at most {most} days at a time.",
            )
        return cls(first, last)

    def params(self) -> dict[str, Any]:
        """Both days as parameters."""
        return {"start": self.start, "end": self.end}

    def note(self) -> str:
        """The days, said."""
        return f"From {self.start} to {self.end}."


def within(day: ColumnElement[date]) -> ColumnElement[bool]:
    """The condition of a span, with its two parameters."""
    first, last = (bindparam(name, type_=Date()) for name in ("start", "end"))
    return day.between(first, last)
