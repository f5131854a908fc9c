"""Credentials as text: API keys, and what other credentials of ours share with them.

A brand + 43 random base-62 characters (256 bits) + 6 characters of CRC-32; for a key
the brand is ``sk_stockroom_``. The checksum lets a mistyped or invented credential be
refused without asking the database, and secret scanners know ours; the pepper makes
the stored hashes useless without the vault.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string
import zlib
from dataclasses import dataclass

_ALPHABET = string.digits + string.ascii_letters
_RANDOM = 43
_CHECK = 6


@dataclass(frozen=True, slots=True)
class Brand:
    """How the credentials of one kind begin."""

    text: str

    def fresh(self) -> str:
        """A new credential."""
        body = self.text + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
        return body + _checksum(body)

    def fits(self, text: str) -> bool:
        """Whether the text can be one of ours: brand, length and checksum agree."""
        body, check = text[:-_CHECK], text[-_CHECK:]
        return (
            len(text) == len(self.text) + _RANDOM + _CHECK
            and text.isascii()
            and text.isprintable()
            and body.startswith(self.text)
            and hmac.compare_digest(_checksum(body), check)
        )


KEY = Brand("sk_stockroom_")
_SHOWN = len(KEY.text) + 4


def new_key() -> tuple[str, str]:
    """A fresh key.

    Returns:
        Its text, shown once, and the prefix by which people tell keys apart.
    """
    text = KEY.fresh()
    return text, text[:_SHOWN]


def well_formed(text: str) -> bool:
    """Whether the text can be a key of ours."""
    return KEY.fits(text)


def key_hash(text: str, pepper: bytes) -> bytes:
    """HMAC-SHA256 of a credential: what is stored and looked up."""
    return hmac.digest(pepper, text.encode(), hashlib.sha256)


def _checksum(body: str) -> str:
    number = zlib.crc32(body.encode())
    digits = ""
    for _ in range(_CHECK):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
