"""The second factor: six digits that change every thirty seconds, and codes for a lost phone.

The secret is sealed by the vault for its person alone. A code counts once, and one step
early or late, because clocks differ. Recovery codes are kept as keyed hashes and each
lets in once.
"""

from __future__ import annotations

import hmac
import secrets
from uuid import UUID

import pyotp
from sqlalchemy import delete, select, update

from stockroom.core.clock import Clock
from stockroom.core.errors import InvalidInputError
from stockroom.db.engine import Database
from stockroom.tenancy.keys import key_hash
from stockroom.tenancy.people import TOTP, Person, RecoveryCode
from stockroom.tenancy.vault import Vault

_ISSUER = "Stockroom"
_STEP_S = 30
_DIGITS = 6
_RECOVERY_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS = 4
_GROUP = 4


def new_secret() -> str:
    """A fresh secret, in the spelling that authenticator apps take."""
    return pyotp.random_base32()


def address_of(secret: str, email: str) -> str:
    """What the QR code of a secret says to an authenticator app."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=_ISSUER)


class SecondFactor:
    """The second factors of people.

    Args:
        database: Where they are kept.
        vault: Seals the secrets.
        pepper: The key of the recovery codes' hashes.
        clock: Says which code is valid.
    """

    def __init__(self, database: Database, vault: Vault, pepper: bytes, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._pepper = pepper
        self._clock = clock

    async def begin(self, person_id: UUID, secret: str, code: str) -> list[str]:
        """Ask for a second factor from now on, once its first code was shown.

        Args:
            person_id: Whose.
            secret: What :func:`new_secret` made and their app now holds.
            code: What the app shows.

        Returns:
            Recovery codes; they can be seen only now.

        Raises:
            InvalidInputError: The code does not fit the secret.
        """
        step = self._step_of(secret, code, after=None)
        if step is None:
            raise InvalidInputError(
                "That is not the code that the app shows now.",
                field="code",
                next_step="Check the clock of the phone, and enter the newest code.",
            )
        sealed = self._vault.encrypt(secret.encode(), purpose=TOTP, account_id=person_id)
        mine = update(Person).where(Person.id == person_id)
        async with self._database.person_session(person_id) as session:
            await session.execute(mine.values(totp_secret=sealed, totp_counter=step))
        return await self.new_recovery_codes(person_id)

    async def new_recovery_codes(self, person_id: UUID) -> list[str]:
        """Fresh recovery codes in the place of the old ones; they can be seen only now."""
        codes = [_recovery_code() for _ in range(_RECOVERY_CODES)]
        now = self._clock.now()
        async with self._database.person_session(person_id) as session:
            await session.execute(delete(RecoveryCode))
            session.add_all(
                RecoveryCode(person_id=person_id, hash=self._hash(person_id, code), created_at=now)
                for code in codes
            )
        return codes

    async def end(self, person_id: UUID) -> None:
        """Ask for no second factor any more."""
        mine = update(Person).where(Person.id == person_id)
        async with self._database.person_session(person_id) as session:
            await session.execute(mine.values(totp_secret=None, totp_counter=None))
            await session.execute(delete(RecoveryCode))

    async def recovery_codes_left(self, person_id: UUID) -> int:
        """How many recovery codes were not used yet."""
        async with self._database.person_session(person_id) as session:
            return len((await session.scalars(select(RecoveryCode.hash))).all())

    async def match(self, person_id: UUID, code: str) -> bool:
        """Whether a code, or a recovery code, is right; it is used up by that."""
        given = "".join(code.split()).lower()
        async with self._database.person_session(person_id) as session:
            person = (await session.scalars(select(Person).with_for_update())).one()
            if person.totp_secret is None:
                return False
            sealed = person.totp_secret
            secret = self._vault.decrypt(sealed, purpose=TOTP, account_id=person_id).decode()
            step = self._step_of(secret, given, after=person.totp_counter)
            if step is not None:
                person.totp_counter = step
                return True
            spent = delete(RecoveryCode).where(RecoveryCode.hash == self._hash(person_id, given))
            used = await session.execute(spent.returning(RecoveryCode.hash))
            return used.first() is not None

    def _step_of(self, secret: str, code: str, *, after: int | None) -> int | None:
        """The time step whose code it is, among those near now and later than ``after``."""
        if not code.isascii() or len(code) != _DIGITS:
            return None
        now = int(self._clock.now().timestamp()) // _STEP_S
        codes = pyotp.TOTP(secret)
        for step in (now - 1, now, now + 1):
            fits = hmac.compare_digest(codes.generate_otp(step), code)
            if fits and (after is None or step > after):
                return step
        return None

    def _hash(self, person_id: UUID, code: str) -> bytes:
        bare = code.replace("-", "").lower()
        return key_hash(f"recovery {person_id} {bare}", self._pepper)


def _recovery_code() -> str:
    """Nearly eighty bits, in groups that can be read out."""
    return "-".join(
        "".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS)
    )
