"""API keys: text a person can paste, a checksum that catches slips, a keyed hash at rest.

``sk_stockroom_`` + 43 random base-62 characters (256 bits) + 6 characters of
CRC-32. The checksum lets a mistyped or invented key be refused without asking
the database; the pepper makes the stored hashes useless without the vault.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string
import zlib

_BRAND = "sk_stockroom_"
_ALPHABET = string.digits + string.ascii_letters
_RANDOM = 43
_CHECK = 6
_SHOWN = len(_BRAND) + 4


def new_key() -> tuple[str, str]:
    """A fresh key.

    Returns:
        Its text, shown once, and the prefix by which people tell keys apart.
    """
    body = _BRAND + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return body + _checksum(body), body[:_SHOWN]


def well_formed(text: str) -> bool:
    """Whether the text can be a key of ours: brand, length and checksum agree."""
    body, check = text[:-_CHECK], text[-_CHECK:]
    return (
        len(text) == len(_BRAND) + _RANDOM + _CHECK
        and text.isascii()
        and body.startswith(_BRAND)
        and hmac.compare_digest(_checksum(body), check)
    )


def key_hash(text: str, pepper: bytes) -> bytes:
    """HMAC-SHA256 of a key: what is stored and looked up."""
    return hmac.digest(pepper, text.encode(), hashlib.sha256)


def _checksum(body: str) -> str:
    number = zlib.crc32(body.encode())
    digits = ""
    for _ in range(_CHECK):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
