"""What the tests of metrics start from."""

from __future__ import annotations

import pytest
from tests.facts import Facts

from stockroom.core.clock import Clock
from stockroom.db.engine import Database
from stockroom.spec.tool import TargetAccount


@pytest.fixture
async def facts(database: Database, account: TargetAccount, clock: Clock) -> Facts:
    """Nothing yet, in the account ``harbor``."""
    return Facts(database, account, clock)
