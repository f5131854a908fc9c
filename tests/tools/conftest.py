"""One database per file of tests: tools only read, so what is stored once serves all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.lending import Lender, Lent


@pytest.fixture(scope="module")
async def lent(lender: Lender) -> AsyncIterator[Lent]:
    """A database that the tests of one file share."""
    async with lender.lend() as lent:
        yield lent
