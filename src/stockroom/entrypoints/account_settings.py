"""``stockroom account set``: what an account's tools take for granted."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from sqlalchemy import select

from stockroom.core.config import Settings
from stockroom.core.errors import InvalidInputError
from stockroom.entrypoints.house import House, open_house
from stockroom.entrypoints.runtime import run as run_main
from stockroom.tenancy.models import AccountRow
from stockroom.tools.inbound_items import SHIP_FROM, ship_from
from stockroom.writes.audit import journal


def set_ship_from(settings: Settings, slug: str, text: str) -> None:
    """Store the address that an account's shipments leave from.

    Raises:
        InvalidInputError: It is no address.
        NotFoundError: There is no such account.
    """
    address = ship_from(_object(text), {}).model_dump(exclude_none=True)

    async def main() -> None:
        async with open_house(settings) as house:
            account = await house.registry.account(slug)
            await store(house, account.id, SHIP_FROM, address)
        print(f"{slug}: shipments leave from {address['city']}, {address['country']}.")

    run_main(main())


async def store(house: House, account_id: UUID, setting: str, value: Any) -> None:
    """Put one setting of an account in the place of the old one; the audit says that it was done."""
    async with journal(house.database, house.clock, account_id, "operator") as step:
        row = (await step.session.scalars(select(AccountRow))).one()
        row.settings = {**row.settings, setting: value}
        await step.write("setting_changed", None, {"setting": setting})


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict) or not value:
        raise InvalidInputError(
            "--ship-from is not a JSON object.",
            field=SHIP_FROM,
            next_step='Write it like {"name": "Depot", "line1": …, "city": …, "postal_code": …, '
            '"country": "US", "phone": …}.',
        )
    return value
