"""``stockroom org set --four-eyes``: whether an organisation wants a second person for every change.

Like a stop switch it is turned in the turn of each account of the audit, which says who did it.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import update

from stockroom.core.config import Settings
from stockroom.core.errors import NotFoundError
from stockroom.entrypoints.house import House, open_house
from stockroom.entrypoints.runtime import run as run_main
from stockroom.entrypoints.whole_organisation import turn_for_all
from stockroom.tenancy.directory import holder_of
from stockroom.tenancy.models import Organisation

_OPERATOR = "operator"


def set_four_eyes(settings: Settings, name: str, *, wanted: bool) -> None:
    """Turn it for the organisation of that name, and say how it stands.

    Raises:
        NotFoundError: There is no such organisation.
    """

    async def main() -> None:
        async with open_house(settings) as house:
            organisation_id = await holder_of(house.database, "organisations", name)
            if organisation_id is None:
                raise NotFoundError(
                    f"There is no organisation '{name}'.",
                    field="organisation",
                    next_step="Make it with 'stockroom org create'.",
                )
            turned = await turn_four_eyes(house, organisation_id, wanted=wanted)
        stands = "nobody confirms their own proposals" if wanted else "proposers may confirm"
        print(f"{name}: {stands}{'' if turned else ', as before'}.")

    run_main(main())


async def turn_four_eyes(
    house: House, organisation_id: UUID, *, wanted: bool, by: str = _OPERATOR
) -> bool:
    """Turn it; whether it stood otherwise before (only that is audited)."""
    change = update(Organisation).where(Organisation.four_eyes.is_not(wanted))
    return await turn_for_all(
        house,
        organisation_id,
        change.values(four_eyes=wanted).returning(Organisation.id),
        action="four_eyes_on" if wanted else "four_eyes_off",
        told={},
        by=by,
    )
