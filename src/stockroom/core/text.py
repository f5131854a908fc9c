"""Text from outside (listings, buyers, Amazon's messages) is data: made harmless before it is shown.

Control characters, direction marks, zero-width and tag characters can hide words
from a person that a model still reads; half a surrogate pair or a NUL cannot be
stored at all.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_MOST_QUOTES = 5
_LONGEST_QUOTE = 300


def plain(text: str, limit: int = 200) -> str:
    """``text`` on one line, without hidden characters, cut to ``limit`` characters."""
    shown = "".join(
        character if unicodedata.category(character) not in _HIDDEN else " " for character in text
    )
    shown = " ".join(shown.split())
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def quoted(texts: Iterable[str]) -> tuple[str, ...]:
    """The first five of somebody else's sentences, each made plain, for a field of their own."""
    return tuple(plain(text, _LONGEST_QUOTE) for text in islice(texts, _MOST_QUOTES))


def storable(value: Any) -> Any:
    """A JSON value with what Postgres cannot hold (NUL, half a surrogate pair, infinity) replaced, at any depth."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {storable(str(key)): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return value
