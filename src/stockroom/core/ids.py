"""Identifiers: time-ordered UUIDs, and digests that name content."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

_VERSION = 0x7000
_VARIANT = 0x8000_0000_0000_0000


def uuid7(at: datetime) -> UUID:
    """A UUID version 7: sorts by ``at`` (millisecond), random below it."""
    milliseconds = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    high = (milliseconds << 16) | _VERSION | secrets.randbits(12)
    low = _VARIANT | secrets.randbits(62)
    return UUID(int=(high << 64) | low)


def canonical(value: Any) -> str:
    """A JSON value in the one spelling of ours: sorted keys, no spaces, characters as themselves."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def digest(value: Any) -> str:
    """SHA-256 (hex) of a JSON value in its canonical spelling."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()
