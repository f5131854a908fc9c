"""Marks: that what a browser brings back is what we gave to it, and to no other.

A keyed hash over a purpose and a text. A mark made for one purpose is worth nothing
for another, and none of them can be taken for a stored hash of a credential.
"""

from __future__ import annotations

import base64
import hashlib
import hmac


class Marks:
    """Makes marks and knows them again.

    Args:
        pepper: Their key.
    """

    def __init__(self, pepper: bytes) -> None:
        self._key = hmac.digest(pepper, b"marks", hashlib.sha256)

    def mark(self, purpose: str, *texts: str) -> str:
        """The mark of these texts, for one purpose."""
        said = "\0".join((purpose, *texts))
        digest = hmac.digest(self._key, said.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def fits(self, mark: str, purpose: str, *texts: str) -> bool:
        """Whether it is the mark of these texts, for that purpose."""
        return hmac.compare_digest(self.mark(purpose, *texts).encode(), mark.encode())
