"""Documents as Amazon writes them, read without a database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID

import polars as pl
import pytest

from stockroom.core.marketplaces import MARKETPLACES, Region
from stockroom.spec.account import AccountFacts
from stockroom.spec.fact import Asking
from stockroom.spec.report import Report
from stockroom.sync.normalize import Normalizer
from stockroom.sync.values import Tally

ACCOUNT = AccountFacts(UUID(int=1), "harbor", Region.NA, ("US", "CA"), "US")
EUROPEAN = AccountFacts(UUID(int=2), "hafen", Region.EU, ("DE", "FR", "UK"), "DE")
ASKED_AT = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)

Read = Callable[..., tuple[pl.DataFrame, Tally]]


@pytest.fixture
def read() -> Read:
    """Read one document; returns its typed rows and what was noted."""

    def reading(
        report: Report,
        document: bytes | str,
        *,
        content_type: str = "text/plain; charset=UTF-8",
        account: AccountFacts = ACCOUNT,
        marketplace: str | None = None,
        block: int = 1 << 20,
    ) -> tuple[pl.DataFrame, Tally]:
        place = MARKETPLACES[marketplace] if marketplace else None
        asking = Asking(account, place, date(2026, 11, 21), ASKED_AT)
        normalizer = Normalizer(report, asking, content_type)
        body = document.encode() if isinstance(document, str) else document
        frames: list[pl.DataFrame] = []
        for start in range(0, len(body), block):
            frames += normalizer.feed(body[start : start + block])
        frames += normalizer.finish()
        return (pl.concat(frames) if frames else pl.DataFrame()), normalizer.tally

    return reading
