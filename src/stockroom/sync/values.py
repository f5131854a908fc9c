"""Frames of text to frames of values: parsed by declaration, rules applied, bad rows told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from stockroom.spec import parse
from stockroom.spec.fact import Asking, Header, Ordinal, Rule, passings, sources
from stockroom.spec.parse import Parser
from stockroom.spec.report import Report

_SAMPLES = 5
_BEFORE = timedelta(days=400)
_LINE = "line"
_REASON = "rejected ✗"
"""No column of a table can be called that."""


@dataclass(slots=True)
class Tally:
    """What the reading of a document found. Never a cell's value: it may be a person's.

    Attributes:
        rows: Rows read and kept.
        rejected: Rows not kept, by reason.
        samples: The first few of them: line and reason.
        columns: Columns the document has, of those that are read from it.
        unknown: Headers that no column asked for.
        replaced: Characters that could not be decoded.
        days: Rows kept, by day.
    """

    rows: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    samples: list[tuple[int, str]] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    replaced: int = 0
    days: Counter[date] = field(default_factory=Counter)

    def reject(self, line: int, reason: str) -> None:
        """Count one row that cannot be kept."""
        self.rejected[reason] += 1
        if len(self.samples) < _SAMPLES:
            self.samples.append((line, reason))

    def remarks(self) -> dict[str, Any]:
        """As JSON, for the run."""
        found: dict[str, Any] = {
            "rejected": dict(self.rejected),
            "samples": [list(sample) for sample in self.samples],
            "columns": list(self.columns),
            "unknown_headers": list(self.unknown),
            "replaced_characters": self.replaced,
        }
        return {name: value for name, value in found.items() if value}


class Values:
    """Turns text into the columns of one fact.

    Args:
        report: The declaration.
        asking: What was asked; rules may need it.
    """

    def __init__(self, report: Report, asking: Asking) -> None:
        fact = report.fills
        self._headers: dict[str, tuple[Header, Parser]] = {}
        self._rules: dict[str, Rule] = {}
        self._required: list[str] = []
        self._plain_numbers: set[str] = set()
        self._carried: dict[str, str | None] = {}
        self.columns: list[str] = [_LINE]
        for column, source in sources(fact):
            if isinstance(source, Ordinal):
                continue
            self.columns.append(column.key)
            if not column.nullable:
                self._required.append(column.key)
            if isinstance(source, Header):
                self._headers[column.key] = (source, source.parse or parser_of(column.type))
                if source.carried:
                    self._carried[column.key] = None
                if source.parse is None and isinstance(column.type, sa.Integer):
                    self._plain_numbers.add(column.key)
            else:
                self._rules[column.key] = source
        for name, header in passings(fact):
            self._headers[name] = (header, header.parse or parse.text)
        self._asking = asking
        self._days = _believable(report, asking)

    def typed(self, raw: pl.DataFrame, tally: Tally) -> pl.DataFrame:
        """The rows that can be kept, typed; the others are counted.

        Args:
            raw: Text per column that exists in the document, and ``line``.
            tally: Where rejected rows are counted.
        """
        stripped = raw.select(_LINE, *(_stripped(name, raw) for name in self._headers))
        cells = stripped.select(_LINE, *(_or_null(name) for name in self._headers))
        cells = self._filled_down(cells)
        parsed = cells.select(_LINE, *(self._parsed(name, cells) for name in self._headers))
        # Few documents have a cell that cannot be read: it is looked for by counting first.
        misread = [
            name for name in self._headers if parsed[name].null_count() > cells[name].null_count()
        ]
        values = self._ruled(
            parsed.with_columns(
                *(
                    (cells[name].is_not_null() & parsed[name].is_null()).alias(f"{name} ✗")
                    for name in misread
                ),
                *(
                    pl.col(name).fill_null(pl.lit(header.blank))
                    for name, (header, _) in self._headers.items()
                    if header.blank is not None
                ),
            )
        )
        values = values.with_columns(self._reason(misread).alias(_REASON))
        for line, why in values.filter(pl.col(_REASON).is_not_null()).select(_LINE, _REASON).rows():
            tally.reject(line, why)
        kept = values.filter(pl.col(_REASON).is_null()).select(self.columns)
        tally.rows += kept.height
        tally.days.update(dict(kept["day"].value_counts().rows()))
        return kept

    def _filled_down(self, cells: pl.DataFrame) -> pl.DataFrame:
        """The cells, those of carried columns repeated downwards, from one block into the next."""
        for name, last in self._carried.items():
            above = pl.coalesce(pl.col(name).forward_fill(), pl.lit(last, dtype=pl.String))
            cells = cells.with_columns(above.alias(name))
            self._carried[name] = cells[name][-1] if cells.height else last
        return cells

    def _parsed(self, name: str, cells: pl.DataFrame) -> pl.Series | pl.Expr:
        """The column's values. Whole numbers are nearly always plain digits: that is tried first."""
        if name in self._plain_numbers:
            plain = cells[name].cast(pl.Int32, strict=False)
            if plain.null_count() == cells[name].null_count():
                return plain
        return self._headers[name][1](pl.col(name)).alias(name)

    def _ruled(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Apply the rules, each once everything it reads is there."""
        waiting = {name: rule(self._asking) for name, rule in self._rules.items()}
        while waiting:
            known = set(frame.columns)
            ready = [
                name for name, made in waiting.items() if known.issuperset(made.meta.root_names())
            ]
            assert ready, f"rules read each other in a circle: {sorted(waiting)}"
            frame = frame.with_columns(waiting.pop(name).alias(name) for name in ready)
        return frame

    def _reason(self, misread: Sequence[str]) -> pl.Expr:
        unreadable = [
            pl.when(pl.col(f"{name} ✗")).then(
                pl.lit(f"{self._headers[name][0].names[0]}: unreadable")
            )
            for name in misread
        ]
        empty = [
            pl.when(pl.col(name).is_null()).then(pl.lit(f"{name}: empty"))
            for name in self._required
        ]
        first, last = self._days
        strange = pl.when(~pl.col("day").is_between(first, last)).then(pl.lit("day: out of range"))
        return pl.coalesce(*unreadable, *empty, strange)


def _stripped(name: str, raw: pl.DataFrame) -> pl.Expr:
    if name not in raw.columns:
        return pl.lit(None, dtype=pl.String).alias(name)
    return pl.col(name).str.strip_chars()


def _or_null(name: str) -> pl.Expr:
    return pl.when(pl.col(name) != "").then(pl.col(name)).alias(name)


def parser_of(kind: sa.types.TypeEngine[Any]) -> Parser:
    """The parser for a column that declares none: by its SQL type."""
    if isinstance(kind, sa.Integer):
        # Out of the database's range is unreadable, not a failed load.
        return lambda cell: parse.integer(cell).cast(pl.Int32, strict=False)
    if isinstance(kind, sa.Numeric):
        return parse.decimal
    if isinstance(kind, sa.DateTime):
        return parse.instant
    if isinstance(kind, sa.Date):
        return parse.iso_date
    if isinstance(kind, sa.Boolean):
        return parse.truth
    assert isinstance(kind, sa.Text | JSONB), kind
    return parse.text


def _believable(report: Report, asking: Asking) -> tuple[date, date]:
    """Days that can be in the document: a hostile one must not create tables of the year 9999."""
    return asking.day - timedelta(days=report.history) - _BEFORE, asking.day + timedelta(days=1)
