"""The operator's book: organisations and accounts, written and listed; keys are in ``issuing``.

Only commands of whoever runs the installation come here; no request of an agent
does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from stockroom.core.clock import Clock
from stockroom.core.errors import InvalidInputError, NotFoundError
from stockroom.core.ids import uuid7
from stockroom.core.marketplaces import MARKETPLACES, Region
from stockroom.db.engine import Database
from stockroom.tenancy.directory import holder_of
from stockroom.tenancy.issuing import Keys
from stockroom.tenancy.models import ADS_GRANT, GRANT, AccountRow, Organisation
from stockroom.tenancy.principal import KnownAccount
from stockroom.tenancy.vault import Vault


@dataclass(frozen=True, slots=True)
class AdsGrant:
    """The authorisation of a seller's advertising, and the marketplaces in which it reaches any."""

    refresh_token: str
    marketplaces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A seller to take in, as Amazon's authorisation described it."""

    slug: str
    name: str
    seller_id: str
    region: Region
    marketplaces: tuple[str, ...]
    refresh_token: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    authorised_at: datetime | None = None
    """When the seller gave the grant; None: now."""
    ads: AdsGrant | None = None


class Registry(Keys):
    """Writes and lists who there is, keys included."""

    def __init__(self, database: Database, vault: Vault, pepper: bytes, clock: Clock) -> None:
        super().__init__(database, pepper, clock)
        self._vault = vault

    async def organisation(self, name: str) -> UUID:
        """The id of the organisation of that name; made at the first mention."""
        known = await holder_of(self._database, "organisations", name)
        if known is not None:
            return known
        now = self._clock.now()
        fresh = Organisation(id=uuid7(now), name=name, created_at=now)
        try:
            async with self._database.organisation_session(fresh.id) as session:
                session.add(fresh)
        except IntegrityError:  # another process was first
            return await self.organisation(name)
        return fresh.id

    async def accounts(self) -> list[KnownAccount]:
        """Every account of the installation, by slug."""
        rows = select(
            func.app.all_accounts()
            .table_valued("account_id", "slug", "organisation_id", "region", "marketplaces")
            .render_derived()
        )
        async with self._database.system_session() as session:
            found = (await session.execute(rows)).all()
        known = [
            KnownAccount(row[0], row[1], row[2], Region(row[3]), tuple(row[4])) for row in found
        ]
        return sorted(known, key=lambda account: account.slug)

    async def account(self, slug: str) -> KnownAccount:
        """The account of that slug.

        Raises:
            NotFoundError: There is none.
        """
        known = await self.accounts()
        for account in known:
            if account.slug == slug:
                return account
        names = ", ".join(account.slug for account in known) or "none yet"
        raise NotFoundError(
            f"There is no account '{slug}'.", field="account", next_step=f"Known accounts: {names}."
        )

    async def account_of_seller(
        self, organisation_id: UUID, seller_id: str, region: Region
    ) -> KnownAccount | None:
        """An organisation's account of a seller in a region; None: it has none."""
        mine = select(AccountRow.seller_id)
        for account in await self.accounts():
            if account.organisation_id == organisation_id and account.region == region:
                async with self._database.session(account.id) as session:
                    if await session.scalar(mine) == seller_id:
                        return account
        return None

    async def name_of(self, account_id: UUID) -> str:
        """What people call an account."""
        async with self._database.session(account_id) as session:
            name: str = (await session.scalars(select(AccountRow.name))).one()
        return name

    async def add_account(self, organisation_id: UUID, new: NewAccount) -> UUID:
        """Take a seller in.

        Raises:
            InvalidInputError: The slug is taken, or the seller is already there.
        """
        now = self._clock.now()
        account_id = uuid7(now)
        row = AccountRow(
            account_id=account_id,
            organisation_id=organisation_id,
            slug=new.slug,
            name=new.name,
            seller_id=new.seller_id,
            region=new.region,
            marketplaces=list(new.marketplaces),
            primary_marketplace=_primary(new),
            refresh_token=self._vault.encrypt(
                new.refresh_token.encode(), purpose=GRANT, account_id=account_id
            ),
            settings=dict(new.settings),
            created_at=now,
            participations_at=now,
            authorised_at=new.authorised_at or now,
            **(self._sealed(account_id, new.ads) if new.ads else {}),
        )
        try:
            async with self._database.session(account_id) as session:
                session.add(row)
        except IntegrityError:
            raise InvalidInputError(
                f"The account '{new.slug}' or its seller is already there.",
                field="account",
                next_step="Choose another name, or see 'stockroom account list'.",
            ) from None
        return account_id

    async def renew(self, account_id: UUID, refresh_token: str, authorised_at: datetime) -> None:
        """Put a new grant in the place of the old one."""
        sealed = self._vault.encrypt(refresh_token.encode(), purpose=GRANT, account_id=account_id)
        mine = update(AccountRow).where(AccountRow.account_id == account_id)
        async with self._database.session(account_id) as session:
            await session.execute(mine.values(refresh_token=sealed, authorised_at=authorised_at))

    async def last_probe(self, account_id: UUID) -> tuple[datetime | None, str | None]:
        """When the connection was last tried for its own sake, and how that ended."""
        question = select(AccountRow.probed_at, AccountRow.probe_error)
        async with self._database.session(account_id) as session:
            row = (await session.execute(question)).one()
        return row[0], row[1]

    async def probed(self, account_id: UUID, error: str | None) -> None:
        """Note how a trial of the connection ended; None: Amazon answered."""
        mine = update(AccountRow).where(AccountRow.account_id == account_id)
        async with self._database.session(account_id) as session:
            await session.execute(mine.values(probed_at=self._clock.now(), probe_error=error))

    async def connect_ads(self, account_id: UUID, grant: AdsGrant) -> None:
        """Keep the grant of an account's advertising; it replaces an earlier one."""
        change = update(AccountRow).where(AccountRow.account_id == account_id)
        async with self._database.session(account_id) as session:
            await session.execute(change.values(**self._sealed(account_id, grant)))

    def _sealed(self, account_id: UUID, grant: AdsGrant) -> dict[str, Any]:
        plain = grant.refresh_token.encode()
        return {
            "ads_refresh_token": self._vault.encrypt(
                plain, purpose=ADS_GRANT, account_id=account_id
            ),
            "ads_marketplaces": list(grant.marketplaces),
        }


def _primary(new: NewAccount) -> str:
    """The first of the region's marketplaces in the order of the table: US before CA, UK before DE."""
    taken = [code for code in MARKETPLACES if code in new.marketplaces]
    if not taken:
        raise InvalidInputError(
            "The seller takes part in no marketplace.",
            field="marketplaces",
            next_step="Check the authorisation in Seller Central.",
        )
    return taken[0]
