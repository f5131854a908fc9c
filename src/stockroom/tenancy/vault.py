"""The vault: encrypts what would hurt if a database dump were stolen.

AES-256-GCM with a fresh nonce. The purpose and the account are associated data,
so a ciphertext moved to another row or account does not open. Every ciphertext
names its key, so keys rotate: the first one encrypts, all of them decrypt.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from stockroom.core.config import Settings
from stockroom.core.errors import ConfigurationError
from stockroom.tenancy.home_secrets import home_secrets

_VERSION = 1
_NONCE = 12
_KEY = 32
_LONGEST_NAME = 255


class Vault:
    """Encryption at rest.

    Args:
        keys: Key name → 32 bytes; the first encrypts.
    """

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys or any(len(key) != _KEY for key in keys.values()):
            raise ConfigurationError(
                "An encryption key must be 32 bytes.",
                field="STOCKROOM_ENCRYPTION_KEYS",
                next_step="Set it as id:base64 of 32 random bytes; several are joined by commas.",
            )
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}
        self._current = next(iter(keys))

    @property
    def current(self) -> str:
        """The name of the key that encrypts."""
        return self._current

    @property
    def former(self) -> tuple[str, ...]:
        """The names of the keys that only decrypt."""
        return tuple(name for name in self._ciphers if name != self._current)

    @classmethod
    def from_settings(cls, settings: Settings) -> Vault:
        """The vault of an installation; makes keys in the home when it may.

        Raises:
            ConfigurationError: Keys are unusable, or missing with a database that outlives the home.
        """
        configured = settings.encryption_keys
        text = configured.get_secret_value() if configured else home_secrets(settings).vault_keys
        return cls(_parse(text))

    def encrypt(self, plain: bytes, *, purpose: str, account_id: UUID) -> bytes:
        """``plain`` so that only this vault opens it, for this purpose and account."""
        header = _header(self._current)
        nonce = secrets.token_bytes(_NONCE)
        bound = _bound(header, purpose, account_id)
        return header + nonce + self._ciphers[self._current].encrypt(nonce, plain, bound)

    def decrypt(self, sealed: bytes, *, purpose: str, account_id: UUID) -> bytes:
        """What :meth:`encrypt` was given.

        Raises:
            ConfigurationError: The key is not configured here, or the ciphertext belongs
                to another purpose or account, or was changed.
        """
        name, header, rest = _split(sealed)
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise ConfigurationError(
                f"Stored data is encrypted with the key '{name}', which is not configured.",
                field="STOCKROOM_ENCRYPTION_KEYS",
                next_step="Add that key after the current one.",
            )
        bound = _bound(header, purpose, account_id)
        try:
            return cipher.decrypt(rest[:_NONCE], rest[_NONCE:], bound)
        except InvalidTag:
            raise ConfigurationError(
                f"Stored data ({purpose}) does not open with the key '{name}'.",
                field="STOCKROOM_ENCRYPTION_KEYS",
                next_step="Configure the key this database was written with.",
            ) from None


def _header(name: str) -> bytes:
    return bytes([_VERSION, len(name)]) + name.encode()


def _split(sealed: bytes) -> tuple[str, bytes, bytes]:
    end = 2 + sealed[1] if len(sealed) > 1 else 0
    if not end or sealed[0] != _VERSION or len(sealed) < end + _NONCE:
        return "", b"", b""
    return sealed[2:end].decode("ascii", "replace"), sealed[:end], sealed[end:]


def _bound(header: bytes, purpose: str, account_id: UUID) -> bytes:
    return header + account_id.bytes + purpose.encode()


def _parse(text: str) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for part in text.split(","):
        name, _, encoded = part.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not name or not name.isascii() or len(name) > _LONGEST_NAME or name in keys:
            key = b""
        keys[name] = key
    return keys
