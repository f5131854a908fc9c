"""Passwords: argon2id at rest, and no way to learn from the time it takes whether somebody exists.

Working a hash takes a good part of a second and tens of megabytes, on purpose: it
happens in threads, a few at a time, so that a flood of sign-ins can neither stop the
loop nor fill the memory. It is never on the way of an API key.
"""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from stockroom.core.errors import InvalidInputError

SHORTEST = 12
LONGEST = 1024
_AT_ONCE = 4


class Passwords:
    """Hashes passwords and compares them.

    Args:
        hasher: How dear a hash is; the library's default follows RFC 9106.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._working = asyncio.Semaphore(_AT_ONCE)

    async def hashed(self, password: str) -> str:
        """What is stored of a password.

        Raises:
            InvalidInputError: It is too short or too long.
        """
        if len(password) < SHORTEST:
            raise InvalidInputError(
                f"A password has at least {SHORTEST} characters.",
                field="password",
                next_step="Choose a longer one: a few words are easy to remember.",
            )
        if len(password) > LONGEST:
            raise InvalidInputError(
                f"A password has at most {LONGEST} characters.",
                field="password",
                next_step="Choose a shorter one.",
            )
        async with self._working:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def match(self, password: str, stored: str | None) -> bool:
        """Whether it is the stored one; takes as long when nothing is stored.

        Args:
            password: What was given.
            stored: What :meth:`hashed` made; None: nobody, or somebody without a password.
        """
        given = password[:LONGEST]
        async with self._working:
            if stored is None:
                await asyncio.to_thread(self._hasher.hash, given)
                return False
            return await asyncio.to_thread(self._verify, stored, given) and given == password

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False
