"""The sellers of a world: invented shops of three kinds, with credentials made from the seed.

The kinds cycle, so any number of accounts has every shape of pool: stock that
another country's listing sells (``na_remote``), stock of one's own in two
networks (``na_own``), and one stock under four marketplaces (``eu``).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from stockroom.core.marketplaces import Region
from stockroom.simulator.world.views import Seller

KINDS: Final = ("na_remote", "na_own", "eu")
MARKETPLACES: Final[dict[str, tuple[str, ...]]] = {
    "na_remote": ("US", "CA"),
    "na_own": ("US", "CA", "MX"),
    "eu": ("DE", "FR", "IT", "ES", "UK"),
}
_FIRST_NAMES: Final = ("Tallowmere Home", "Fennwick Outdoor", "Quillon Haus")
_ADJECTIVES: Final = (
    "Amberly",
    "Brackenfold",
    "Copperlane",
    "Dunmarsh",
    "Elderwick",
    "Foxmere",
    "Glimmerton",
)
_NOUNS: Final = ("Supply", "Kitchen", "Garden", "Studio", "Works", "Trading", "Atelier", "Depot")
_ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True, slots=True)
class Account:
    """What a world's options say about one seller."""

    slug: str
    name: str
    kind: str
    code: str
    """Three letters that begin every SKU of this account and of no other."""


def _code(ordinal: int) -> str:
    # 7919 shares no factor with 26 cubed, so no two of the 17,576 codes are equal.
    number = (ordinal * 7919 + 11_063) % 26**3
    return "".join(chr(65 + number // 26**place % 26) for place in (2, 1, 0))


def _name(ordinal: int) -> str:
    if ordinal < len(_FIRST_NAMES):
        return _FIRST_NAMES[ordinal]
    index = ordinal - len(_FIRST_NAMES)
    turn, place = divmod(index, len(_ADJECTIVES) * len(_NOUNS))
    # 7 and 8 share no factor: walking both lists together meets every pair once per turn.
    name = f"{_ADJECTIVES[place % len(_ADJECTIVES)]} {_NOUNS[place % len(_NOUNS)]}"
    return name if turn == 0 else f"{name} {turn + 1}"


def accounts(count: int) -> tuple[Account, ...]:
    """The first ``count`` accounts; a longer list begins with the shorter one."""
    return tuple(
        Account(
            slug=_name(ordinal).lower().replace(" ", "-"),
            name=_name(ordinal),
            kind=KINDS[ordinal % len(KINDS)],
            code=_code(ordinal),
        )
        for ordinal in range(count)
    )


def seller(account: Account, seed: int) -> Seller:
    """The account as Amazon knows it."""
    key = f"{seed}|{account.slug}"
    return Seller(
        slug=account.slug,
        name=account.name,
        seller_id="A" + letters(f"{key}|seller", 13),
        refresh_token="Atzr|" + hashlib.sha256(f"{key}|refresh".encode()).hexdigest() * 2,
        ads_refresh_token="Atzr|" + hashlib.sha256(f"{key}|ads refresh".encode()).hexdigest() * 2,
        region=Region.EU if account.kind == "eu" else Region.NA,
        marketplaces=MARKETPLACES[account.kind],
    )


def letters(key: str, count: int) -> str:
    """``count`` capital letters and digits, always the same for one ``key``."""
    number = int.from_bytes(hashlib.sha256(key.encode()).digest(), "big")
    out = []
    for _ in range(count):
        number, place = divmod(number, len(_ALPHABET))
        out.append(_ALPHABET[place])
    return "".join(out)
