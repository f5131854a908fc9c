"""The seller's money: Finances 2024-06-19, which knows transactions and their breakdowns."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from sp_api.asyncio.api.finances.finances_2024_06_19 import FinancesV20240619

from stockroom.amazon import answers, rates
from stockroom.amazon.asking import NO_MARKETPLACE, Asking, iso
from stockroom.amazon.paging import pages
from stockroom.amazon.ports import AmazonAnswer


class FinancesApi(Asking):
    """Implements :class:`stockroom.amazon.ports.FinanceReads`."""

    async def transactions(self, since: datetime, until: datetime) -> AsyncIterator[AmazonAnswer]:
        """Pages of the region's transactions; named with a marketplace, some would be missing."""
        query = {"postedAfter": iso(since), "postedBefore": iso(until)}

        async def page(token: str | None) -> AmazonAnswer:
            # Unlike elsewhere, the token comes with what was asked first.
            more = query if token is None else query | {"nextToken": token}
            answer = await self._ask(
                rates.LIST_TRANSACTIONS,
                FinancesV20240619,
                lambda api: api.list_transactions(marketplaceIds=NO_MARKETPLACE, **more),
            )
            answers.rows(answer, "payload", "transactions")
            return answer

        async for answer in pages(page):
            yield answer
