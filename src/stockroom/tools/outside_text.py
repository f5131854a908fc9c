"""Columns whose words come from Amazon, listings or buyers: shown as harmless data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from stockroom.core.text import plain
from stockroom.tools.sheet import Page

LONGEST = 200

Cleaner = Callable[[Any], Any]


def words(value: str | None) -> str | None:
    """One text, on one line, without hidden characters."""
    return None if value is None else plain(value, LONGEST)


def cleaned(page: Page, columns: Mapping[str, Cleaner]) -> Page:
    """The page with these columns made harmless; those it does not show are passed over."""
    cleaners = [columns.get(name) for name in page.columns]
    rows = [
        tuple(clean(value) if clean else value for value, clean in zip(row, cleaners, strict=True))
        for row in page.rows
    ]
    return replace(page, rows=rows)
