"""What ``stockroom person`` does: letting somebody in again who cannot prove who they are."""

from __future__ import annotations

from stockroom.core.config import Settings
from stockroom.core.errors import InvalidInputError, NotFoundError
from stockroom.entrypoints.house import open_house
from stockroom.entrypoints.passwords_asked import asked_password
from stockroom.entrypoints.runtime import run as run_main
from stockroom.tenancy.persons import email_of


def reset(settings: Settings, email: str, *, second_factor: bool) -> None:
    """Give somebody a new password; wherever they are signed in, they are not any more.

    Args:
        settings: Of the installation.
        email: Whose.
        second_factor: Also forget their second factor, of which they set up a new one.

    Raises:
        NotFoundError: Nobody has that address.
        InvalidInputError: The password cannot be used.
    """
    address = email_of(email)
    password = asked_password(f"New password of {address}: ")
    if password is None:
        raise InvalidInputError(
            "A new password is needed.", field="password", next_step="Write it on one line."
        )

    async def main() -> None:
        async with open_house(settings) as house:
            reception = house.reception
            person_id = await reception.persons.find(address)
            if person_id is None:
                raise NotFoundError(
                    f"Nobody here has the address {address}.",
                    field="email",
                    next_step="See who there is with 'stockroom org members'.",
                )
            await reception.persons.set_password(person_id, password)
            if second_factor:
                await reception.second_factor.end(person_id)
            await reception.sessions.end_all(person_id)
        print(f"{address} signs in with the new password from now on.")

    run_main(main())
