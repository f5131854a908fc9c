"""An attribute's value, as people write it and as Amazon keeps it.

People write a title; Amazon keeps a list of entries, each with its marketplace and
language. Plain values stand for the entries in the store's own language and leave those
in other languages alone; entries stand for the whole attribute.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import Marketplace
from stockroom.core.text import plain, storable
from stockroom.tools.live_listing import Entry
from stockroom.tools.product_type import LANGUAGE, MARKETPLACE, AttributeType

_LONGEST = 20_000
_DEEPEST = 8
_VALUE = "value"


def entries_of(
    given: Any, kind: AttributeType, present: Sequence[Entry], market: Marketplace
) -> tuple[Entry, ...]:
    """The entries that would stand in this marketplace.

    Args:
        given: A value, a list of values, an entry or a list of entries; None removes all.
        kind: What the attribute is.
        present: The entries that stand there now.
        market: Where.

    Raises:
        InvalidInputError: It is neither values nor entries.
    """
    if given is None:
        return ()
    several = given if isinstance(given, list) else [given]
    if several and all(isinstance(one, dict) for one in several):
        return tuple(_completed(one, kind, market) for one in several)
    if not several or any(isinstance(one, dict | list) or one is None for one in several):
        raise _unclear(kind, "is neither values nor entries")
    if _VALUE not in kind.parts:
        raise _unclear(kind, "takes entries of several parts")
    others = [one for one in present if _is_in_other_language(one, kind)]
    plainly = ({_VALUE: one} for one in several)
    return (*(_completed(one, kind, market) for one in plainly), *others)


def shown(entries: Sequence[Entry], kind: AttributeType) -> Any:
    """Entries as people read them: a value or values where that says it all; None for none.

    Text that Amazon holds is cleaned of hidden characters: it is data.
    """
    told = [_without_the_obvious(entry, kind) for entry in entries]
    if told and all(entry.keys() == {_VALUE} for entry in told):
        told = [entry[_VALUE] for entry in told]
    if not told:
        return None
    return told[0] if len(told) == 1 and kind.most == 1 else told


def kept(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Entries as they stand, cleaned, where nothing is known of their attribute."""
    return [_spaced(entry) for entry in entries]


def same(wanted: Sequence[Entry], live: Sequence[Entry]) -> bool:
    """Whether Amazon keeps what was sent, whatever it added or how it spaced it."""
    left = [_spaced(entry) for entry in live]
    for entry in map(_spaced, wanted):
        match = next((one for one in left if entry.items() <= one.items()), None)
        if match is None:
            return False
        left.remove(match)
    return not left


def readable(name: str, given: Any) -> None:
    """Refuse what cannot be shown, or stored, for what it is.

    Raises:
        InvalidInputError: It nests too deep, or holds hidden characters or impossible numbers.
    """
    if (
        _nests(given, _DEEPEST)
        or storable(given) != given
        or any(" ".join(text.split()) != plain(text, _LONGEST) for text in _texts(given))
    ):
        raise InvalidInputError(
            f"The attribute '{name}' nests too deep, or holds hidden characters or impossible "
            "numbers.",
            field=f"attributes.{name}",
            next_step="Write it in visible characters and plain numbers, as Amazon's entries.",
        )


def _completed(entry: Mapping[str, Any], kind: AttributeType, market: Marketplace) -> Entry:
    if entry.get(MARKETPLACE, market.id) != market.id:
        raise _unclear(kind, f"names another marketplace than {market.code}")
    whole = dict(entry)
    if MARKETPLACE in kind.parts:
        whole[MARKETPLACE] = market.id
    if kind.language is not None:
        whole.setdefault(LANGUAGE, kind.language)
    return whole


def _is_in_other_language(entry: Entry, kind: AttributeType) -> bool:
    return kind.language is not None and entry.get(LANGUAGE, kind.language) != kind.language


def _without_the_obvious(entry: Entry, kind: AttributeType) -> dict[str, Any]:
    obvious = {MARKETPLACE}
    if entry.get(LANGUAGE) == kind.language:
        obvious.add(LANGUAGE)
    return {plain(name): _cleaned(part) for name, part in entry.items() if name not in obvious}


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value, _LONGEST)
    if isinstance(value, Mapping):
        return {plain(str(name)): _cleaned(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(part) for part in value]
    return value


def _spaced(entry: Entry) -> dict[str, Any]:
    cleaned = _cleaned(storable(entry))
    return {name: part for name, part in cleaned.items() if name != MARKETPLACE}


def _nests(value: Any, left: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    parts = value.values() if isinstance(value, dict) else value
    return left == 0 or any(_nests(part, left - 1) for part in parts)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield str(name)
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _unclear(kind: AttributeType, what: str) -> InvalidInputError:
    return InvalidInputError(
        f"The attribute '{kind.name}' {what}.",
        field=f"attributes.{kind.name}",
        next_step="Pass a value, a list of values, or Amazon's entries with the parts that "
        "amazon_says names.",
        amazon_says=[", ".join(sorted(kind.parts))],
    )
