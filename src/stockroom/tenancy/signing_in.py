"""Proving who one is: a password, then a code where the person asked for it; never too often."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from stockroom.core.clock import Clock
from stockroom.tenancy.marks import Marks
from stockroom.tenancy.people import Person
from stockroom.tenancy.persons import Persons
from stockroom.tenancy.second_factor import SecondFactor
from stockroom.tenancy.throttling import CODE, EMAIL, Throttle, Tried, from_address

_HALFWAY = "halfway in"
_HALFWAY_FOR = timedelta(minutes=5)


class SigningIn:
    """Looks at what people bring to prove who they are.

    Args:
        persons: Who there is.
        second_factor: Their codes.
        throttle: How often they may try.
        marks: Remembers, in the browser, who has shown their password already.
        clock: The installation's.
    """

    def __init__(
        self,
        persons: Persons,
        second_factor: SecondFactor,
        throttle: Throttle,
        marks: Marks,
        clock: Clock,
    ) -> None:
        self._persons = persons
        self._second_factor = second_factor
        self._throttle = throttle
        self._marks = marks
        self._clock = clock

    async def by_password(self, email: str, password: str, address: str | None) -> Person | None:
        """Who knows this password; None when it is not that person's, or nobody's.

        Raises:
            BusyError: There were too many attempts, for that person or from there.
        """
        trials = (Tried("email", email.strip().lower(), EMAIL), from_address(address))
        await self._throttle.take(*trials)
        person = await self._persons.known(email, password)
        if person is not None:
            await self._throttle.right(*trials)
        return person

    async def by_code(self, person_id: UUID, code: str, address: str | None) -> bool:
        """Whether a code of the second factor is right; it counts once.

        Raises:
            BusyError: There were too many attempts, for that person or from there.
        """
        trials = (Tried("code", str(person_id), CODE), from_address(address))
        await self._throttle.take(*trials)
        right = await self._second_factor.match(person_id, code)
        if right:
            await self._throttle.right(*trials)
        return right

    def halfway(self, person_id: UUID, visit: str) -> str:
        """A ticket for a browser whose person has shown the password, and owes the code.

        Args:
            person_id: Who.
            visit: What stands for the browser.
        """
        until = int((self._clock.now() + _HALFWAY_FOR).timestamp())
        said = f"{person_id}.{until}"
        return f"{said}.{self._marks.mark(_HALFWAY, said, visit)}"

    def halfway_in(self, ticket: str, visit: str) -> UUID | None:
        """Whose ticket it is; None when it is none of this browser's, or too old."""
        said, _, mark = ticket.rpartition(".")
        if not self._marks.fits(mark, _HALFWAY, said, visit):
            return None
        who, _, until = said.partition(".")
        return UUID(who) if int(until) > self._clock.now().timestamp() else None
