"""The arguments every read shares, checked once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import marketplace as marketplace_of
from stockroom.core.text import plain


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller asked for, beside the tool's own arguments."""

    marketplace: str | None
    skus: tuple[str, ...]
    cursor: str | None
    limit: int
    full: bool

    @classmethod
    def of(
        cls,
        marketplace: str | None,
        sku: Sequence[str] | None,
        cursor: str | None,
        limit: int,
        detail: Literal["compact", "full"],
    ) -> Self:
        """Check them.

        Raises:
            InvalidInputError: There is no such marketplace, or a SKU is no text.
        """
        code = marketplace_of(marketplace).code if marketplace is not None else None
        for one in sku or ():
            readable(one, "sku")
        return cls(code, tuple(dict.fromkeys(sku or ())), cursor, limit, detail == "full")

    def filters(self) -> dict[str, Any]:
        """The parameters of what was given."""
        given: dict[str, Any] = {}
        if self.marketplace is not None:
            given["marketplace"] = self.marketplace
        if self.skus:
            given["skus"] = list(self.skus)
        return given


def readable(text: str, field: str) -> str:
    """``text``, if a database can hold it.

    Raises:
        InvalidInputError: It is blank, or holds what is no character (NUL, half a surrogate pair).
    """
    if not text.strip() or "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise InvalidInputError(
            f"{field} is blank or no text.",
            field=field,
            next_step="Pass it as stock or listings show it.",
        )
    return text


def name_of(text: str, field: str) -> str:
    """``text``, if it can be a name that a person gives to something of theirs.

    Raises:
        InvalidInputError: It is blank, or holds characters or spaces that cannot be seen.
    """
    if not text.strip() or plain(text, len(text)) != text:
        raise InvalidInputError(
            f"{field} is blank, or holds what cannot be seen.",
            field=field,
            next_step="Give a name of visible characters, without spaces around it.",
        )
    return text
