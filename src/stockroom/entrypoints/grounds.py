"""One account as the engines need it: its facts, its Amazon, the ground of a write tool."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import select

from stockroom.amazon.connection import AmazonConnections
from stockroom.amazon.ports import SellingPartner
from stockroom.core.clock import Clock
from stockroom.core.errors import NotFoundError
from stockroom.core.marketplaces import Region
from stockroom.db.engine import Database
from stockroom.db.reach import Reach
from stockroom.spec.account import AccountFacts
from stockroom.spec.tool import Ground, TargetAccount
from stockroom.tenancy.models import ADS_GRANT, GRANT, AccountRow
from stockroom.tenancy.vault import Vault


@dataclass(frozen=True, slots=True)
class Grounds:
    """Opens accounts.

    Args:
        database: Where they are kept.
        vault: Opens their grants.
        amazon: Connections to Amazon.
        clock: The installation's clock.
    """

    database: Database
    vault: Vault
    amazon: AmazonConnections
    clock: Clock

    async def facts(self, account_id: UUID) -> AccountFacts:
        """The account without credentials.

        Raises:
            NotFoundError: It is gone.
        """
        row = await self._row(account_id)
        return AccountFacts(
            id=row.account_id,
            slug=row.slug,
            region=Region(row.region),
            marketplaces=tuple(row.marketplaces),
            primary_marketplace=row.primary_marketplace,
            settings=row.settings,
            ads_marketplaces=tuple(row.ads_marketplaces),
        )

    async def partner(self, account_id: UUID) -> SellingPartner:
        """Amazon as this seller sees it."""
        return self._partner(await self._row(account_id))

    @asynccontextmanager
    async def ground(self, account_id: UUID, reach: Reach) -> AsyncIterator[Ground]:
        """What a write tool stands on: marketplaces out of reach are not among the account's."""
        row = await self._row(account_id)
        target = _target(row)
        seen = replace(target, marketplaces=reach.within(target.marketplaces))
        async with self.database.read(account_id, reach) as db:
            yield Ground(seen, self._partner(row), db, self.clock)

    async def target(self, account_id: UUID) -> TargetAccount:
        """The account as Amazon knows it."""
        return _target(await self._row(account_id))

    def _partner(self, row: AccountRow) -> SellingPartner:
        ads = row.ads_refresh_token
        return self.amazon.for_seller(
            seller_id=row.seller_id,
            region=Region(row.region),
            refresh_token=self._opened(row, row.refresh_token, GRANT),
            ads_refresh_token=self._opened(row, ads, ADS_GRANT) if ads else None,
        )

    def _opened(self, row: AccountRow, sealed: bytes, purpose: str) -> SecretStr:
        plain = self.vault.decrypt(sealed, purpose=purpose, account_id=row.account_id)
        return SecretStr(plain.decode())

    async def _row(self, account_id: UUID) -> AccountRow:
        async with self.database.session(account_id) as session:
            row: AccountRow | None = await session.scalar(
                select(AccountRow).where(AccountRow.account_id == account_id)
            )
        if row is None:
            raise NotFoundError(
                "This account is gone.", field="account", next_step="See 'stockroom account list'."
            )
        return row


def _target(row: AccountRow) -> TargetAccount:
    return TargetAccount(
        id=row.account_id,
        slug=row.slug,
        seller_id=row.seller_id,
        region=Region(row.region),
        marketplaces=tuple(row.marketplaces),
        settings=row.settings,
    )
