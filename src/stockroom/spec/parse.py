"""How the text of a cell becomes a value: declared per column, null where it cannot.

A parser turns a polars expression of stripped text into a typed one. Locale is
declared, never guessed: 03/04/2026 is a different day on either side of the
ocean, and 1.234 a different number.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

Parser = Callable[[pl.Expr], pl.Expr]

_ABBREVIATIONS = """
-8 PST      | -7 PDT MST      | -6 MDT CST  | -5 CDT EST | -4 EDT | -3 BRT | -2 BRST
0 UTC GMT WET | 1 BST WEST CET MET | 2 CEST MEST EET SAST | 3 EEST TRT AST | 4 GST | 5.5 IST
8 SGT       | 9 JST           | 10 AEST     | 11 AEDT
"""
_HOURS_EAST = {
    zone: float(line.split()[0])
    for line in _ABBREVIATIONS.replace("|", "\n").strip().splitlines()
    for zone in line.split()[1:]
}
"""Zones as Amazon abbreviates them. AST is Arabia's: Amazon has no store in the Atlantic's."""

_MOMENTS = ("%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S")

MONEY = pl.Decimal(18, 4)
"""The type of every decimal: what the database keeps."""
_BEYOND_MONEY = 1e14


def text(cell: pl.Expr) -> pl.Expr:
    """The cell as it is."""
    return cell


def us_date(cell: pl.Expr) -> pl.Expr:
    """Month first, ``11/20/2026``; ISO is understood too, because some layouts write it."""
    return pl.coalesce(_date(cell, "%m/%d/%Y"), iso_date(cell))


def eu_date(cell: pl.Expr) -> pl.Expr:
    """Day first, ``20/11/2026`` or ``20.11.2026``; ISO too."""
    return pl.coalesce(_date(cell, "%d/%m/%Y"), _date(cell, "%d.%m.%Y"), iso_date(cell))


def iso_date(cell: pl.Expr) -> pl.Expr:
    """``2026-11-20``, also as the beginning of an instant: Amazon's own day, unconverted."""
    return _date(cell.str.slice(0, 10), "%Y-%m-%d")


def instant(cell: pl.Expr) -> pl.Expr:
    """ISO 8601 with an offset, to UTC."""
    return cell.str.to_datetime("%+", strict=False, time_unit="us", time_zone="UTC")


def named_zone_instant(cell: pl.Expr) -> pl.Expr:
    """``2019-05-10 14:32:11 PDT`` or, in Europe, ``10/05/2019 14:32:11 BST``, to UTC.

    A zone whose short name nobody here knows is read as UTC: hours off, not lost.
    """
    moment = cell.str.extract(r"^(\S+ \d{1,2}:\d{2}:\d{2})")
    read = [moment.str.to_datetime(form, strict=False, time_unit="us") for form in _MOMENTS]
    zone = cell.str.extract(r"(\S+)$").str.to_uppercase()
    east = zone.replace_strict(_HOURS_EAST, default=0.0, return_dtype=pl.Float64)
    local = pl.coalesce(read) - pl.duration(minutes=(east * 60).cast(pl.Int64))
    return pl.coalesce(instant(cell), local.dt.replace_time_zone("UTC"))


def integer(cell: pl.Expr) -> pl.Expr:
    """A whole number: ``7``, ``-3``, ``1,234``, ``12.0``."""
    plain = _grouped(cell, thousands=",", point=".").str.replace(r"\.0+$", "")
    return plain.cast(pl.Int64, strict=False)


def decimal(cell: pl.Expr) -> pl.Expr:
    """``1,234.56``."""
    return _grouped(cell, thousands=",", point=".").cast(MONEY, strict=False)


def decimal_comma(cell: pl.Expr) -> pl.Expr:
    """``1.234,56``."""
    return _grouped(cell, thousands=".", point=",").cast(MONEY, strict=False)


def json_decimal(cell: pl.Expr) -> pl.Expr:
    """A number as JSON writes it, also ``1e-05`` or with a float's tail: rounded to what is kept."""
    number = cell.cast(pl.Float64, strict=False).round(MONEY.scale)
    return pl.when(number.abs() < _BEYOND_MONEY).then(number).cast(MONEY, strict=False)


def local_money(cell: pl.Expr) -> pl.Expr:
    """An amount as a marketplace writes it: ``1,234.50``, ``1.234,50``, ``95,00``, ``1200``.

    Nothing is guessed: Amazon writes an amount with its cents, two or (yen) none, so
    one or two digits behind the last separator are cents, and three are thousands.
    """
    comma = cell.str.contains(r",\d{1,2}$") | cell.str.contains(r"\.\d{3}(?:[.,]|$)")
    plain = cell.str.replace_all(r"[\s\u00a0\u202f']", "")
    return pl.when(comma).then(decimal_comma(plain)).otherwise(decimal(plain))


def truth(cell: pl.Expr) -> pl.Expr:
    """``true``/``false``, ``Yes``/``No``, ``Y``/``N``."""
    word = cell.str.to_lowercase()
    yes, no = word.is_in(["true", "yes", "y", "1"]), word.is_in(["false", "no", "n", "0"])
    return pl.when(yes).then(statement=True).when(no).then(statement=False)


def _date(cell: pl.Expr, form: str) -> pl.Expr:
    return cell.str.to_date(form, strict=False)


def _grouped(cell: pl.Expr, *, thousands: str, point: str) -> pl.Expr:
    """Numbers in one spelling; text that only looks like one becomes null.

    The shape is checked before separators go: without that, ``1,23`` would
    silently become 123, and ``1e3`` a thousand.
    """
    group, dot = (f"\\{thousands}", f"\\{point}")
    shape = rf"^[+-]?(?:\d+|\d{{1,3}}(?:{group}\d{{3}})+)?(?:{dot}\d+)?$"
    bare = cell.str.replace_all(thousands, "", literal=True)
    spelled = bare.str.replace(point, ".", literal=True).str.strip_prefix("+")
    return pl.when(cell.str.contains(shape) & cell.str.contains(r"\d")).then(spelled)
