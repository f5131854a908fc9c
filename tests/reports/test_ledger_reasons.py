"""Amazon's codes of adjustments, and the ones nobody has told us of."""

from __future__ import annotations

import pytest
from sqlalchemy import Text, literal, select

from stockroom.db.engine import Database
from stockroom.reports.layouts.ledger_reasons import CLASSES, UNKNOWN, reason_class
from stockroom.spec.tool import TargetAccount


def test_every_code_of_the_help_page_has_a_class() -> None:
    assert set(CLASSES) == set("M5FN67EHKUPQDGO34" + "12J")


@pytest.mark.parametrize(
    ("code", "name"),
    [
        *(("M", "lost"), ("N", "found"), ("E", "damaged"), ("3", "redefined_in")),
        *(("Z", UNKNOWN), ("m", UNKNOWN), ("", UNKNOWN), (None, None)),
    ],
)
async def test_the_database_tells_the_class_of_a_code(
    database: Database, account: TargetAccount, code: str | None, name: str | None
) -> None:
    async with database.session(account.id) as session:
        assert await session.scalar(select(reason_class(literal(code, Text())))) == name
