"""Signed heads: the end of a chain, vouched for by a key that the database never sees.

Whoever owns the database can cut a chain off, or write it anew with fitting hashes. They
cannot sign. So the head of each account's chain is signed every hour and with every
confirmed change, and goes where the database's owner does not reach: to the log and into
exports. ``docs/audit.md`` has the recipe.

A signed head is one JSON object on one line, canonical as in ``chain``: ``account``, ``at``,
``first`` (number of the first row it speaks of), ``hash``, ``key``, ``seq`` and ``signature``.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from stockroom.core.config import Settings
from stockroom.core.errors import InvalidInputError
from stockroom.core.ids import canonical
from stockroom.core.log import logger
from stockroom.tenancy.home_secrets import audit_seeds
from stockroom.writes.chain import Head, instant

_FIELDS = {"account": str, "at": str, "first": int, "hash": str, "key": str, "seq": int}
_log = logger("writes.audit")


@dataclass(frozen=True, slots=True)
class SignedHead:
    """The end of an account's chain at one moment, and who says so.

    Args:
        account: Whose chain.
        at: When it was signed.
        first: The first row it speaks of: 1, or where an export begins.
        seq: Its last row; ``first - 1`` when there is none.
        hash: The hash of that row.
        key: The public key, base64.
        signature: Ed25519 over the canonical JSON of all the others, base64.
    """

    account: str
    at: str
    first: int
    seq: int
    hash: str
    key: str
    signature: str = ""

    @property
    def head(self) -> Head:
        """What it vouches for."""
        return Head(self.seq, self.hash)

    @property
    def line(self) -> str:
        """Itself, as one line."""
        return canonical(asdict(self))

    @property
    def signed_bytes(self) -> bytes:
        """What the signature is over."""
        values = asdict(self)
        del values["signature"]
        return canonical(values).encode()

    @classmethod
    def read(cls, value: Any) -> SignedHead | None:
        """The signed head in a JSON value, when it is one."""
        if not isinstance(value, dict) or value.keys() != {*_FIELDS, "signature"}:
            return None
        kinds = {**_FIELDS, "signature": str}
        fits = all(type(value[name]) is kind for name, kind in kinds.items())
        return cls(**value) if fits else None

    def holds(self, trusted: Collection[str]) -> bool:
        """Whether one of the trusted keys signed exactly this."""
        if self.key not in trusted:
            return False
        try:
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode(self.key, validate=True))
            key.verify(base64.b64decode(self.signature, validate=True), self.signed_bytes)
        except (InvalidSignature, ValueError, binascii.Error):
            return False
        return True


class Signer:
    """Signs heads.

    Args:
        seeds: Private keys, 32 bytes each: the first signs, the others did once.
    """

    def __init__(self, seeds: Sequence[bytes]) -> None:
        keys = [Ed25519PrivateKey.from_private_bytes(seed) for seed in seeds]
        self._key = keys[0]
        self.trusted = tuple(_spelled(key.public_key().public_bytes_raw()) for key in keys)
        """The public keys, base64; heads signed by any of them are believed."""

    @classmethod
    def from_settings(cls, settings: Settings) -> Signer:
        """The signer of an installation; makes its key in the home when it may.

        Raises:
            ConfigurationError: The key is unusable, or missing with a database that outlives the
                home.
        """
        return cls(audit_seeds(settings))

    def sign(self, account_id: UUID, at: datetime, head: Head, *, first: int = 1) -> SignedHead:
        """Vouch for the end of a chain."""
        values: dict[str, Any] = {"account": str(account_id), "at": instant(at), "first": first}
        values |= {"seq": head.seq, "hash": head.hash, "key": self.trusted[0]}
        signature = self._key.sign(SignedHead(**values).signed_bytes)
        return SignedHead(**values, signature=_spelled(signature))

    def tell(self, account_id: UUID, at: datetime, head: Head) -> None:
        """Sign a head and write it to the log; only after its rows were committed."""
        signed = self.sign(account_id, at, head)
        _log.info("head signed", account_id=signed.account, seq=head.seq, head=signed.line)


def heads_in(
    lines: Iterable[bytes], account: str, trusted: Collection[str]
) -> Iterator[SignedHead]:
    """The signed heads of an account in a file: an export, a log, or heads one per line.

    Args:
        lines: The file; lines that hold no signed head are passed over.
        account: Whose heads.
        trusted: Public keys that are believed.

    Raises:
        InvalidInputError: A head was not signed by a trusted key, or was changed since.
    """
    for number, line in enumerate(lines, 1):
        signed = _told(line)
        if signed is None or signed.account != account:
            continue
        if not signed.holds(trusted):
            raise InvalidInputError(
                f"The head in line {number} of the checkpoint file was not signed by a trusted key.",
                field="checkpoint",
                next_step="Use the file as it was kept, with the STOCKROOM_AUDIT_KEY of that time "
                "or its public key (--key).",
            )
        yield signed


def _told(line: bytes) -> SignedHead | None:
    """A head that stands alone on its line, or in a record of our log."""
    if b'"signature' not in line.replace(b"\\", b""):
        return None
    start = line.find(b"{")  # a shipper may have put something in front
    try:
        value = json.loads(line[start:] if start >= 0 else line)
        told = value.get("head") if isinstance(value, dict) else None
        return SignedHead.read(json.loads(told) if isinstance(told, str) else value)
    except ValueError:
        return None


def _spelled(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
