"""What Amazon finds wrong with the attributes of a patch, sales terms apart.

Judged from the table, not from the schema that is handed out: whoever reads the schema
is held to what it says, not to our reading of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stockroom.core.marketplaces import Marketplace
from stockroom.simulator.wire.listing_attributes import Entry, patched
from stockroom.simulator.wire.listing_items import Listing
from stockroom.simulator.wire.product_attributes import (
    Attribute,
    attributes_known_to,
    languages,
)

MISSING = "90220"
INVALID = "90000900"

Fault = tuple[str, str]
"""Amazon's code, and its sentence."""


def attribute_faults(name: str, patch: Mapping[str, Any], one: Listing) -> Iterator[Fault]:
    """Why one patch of one attribute cannot be taken for a listing."""
    known = attributes_known_to(one.state.product_type).get(name)
    if known is None:
        yield INVALID, f"The attribute '{name[:100]}' is not known."
        return
    before, after = one.attributes.get(name), patched(one.attributes, patch, one.market).get(name)
    if after is None:
        if known.required:
            yield MISSING, f"'{known.title}' is required but not supplied."
        return
    if not known.editable and after != before:
        yield INVALID, f"'{known.title}' cannot be changed."
    for entry in after:
        yield from _entry_faults(known, entry, one.market)
    yield from _count_faults(known, after)


def _entry_faults(known: Attribute, entry: Entry, market: Marketplace) -> Iterator[Fault]:
    named = {"value", "marketplace_id"}
    named |= {"unit"} if known.units else set()
    named |= {"language_tag"} if known.localized else set()
    if strangers := entry.keys() - named:
        yield INVALID, f"'{known.title}' has an unknown part: {min(strangers)[:100]}."
    if missing := {"value", *(("unit",) if known.units else ())} - entry.keys():
        yield MISSING, f"'{min(missing)}' of '{known.title}' is required but not supplied."
    elif not _is_value(known, entry["value"]):
        yield INVALID, f"The value of '{known.title}' is invalid."
    if known.units and entry.get("unit", known.units[0]) not in known.units:
        yield INVALID, f"The unit of '{known.title}' is invalid."
    if known.localized and entry.get("language_tag", languages(market)[0]) not in languages(market):
        yield INVALID, f"The language of '{known.title}' is not one of this store."


def _is_value(known: Attribute, value: Any) -> bool:
    match known.kind:
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool) and value >= 0
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    if not isinstance(value, str) or not value.strip():
        return False
    fits = not known.longest or len(value) <= known.longest
    return fits and (not known.choices or value in known.choices)


def _count_faults(known: Attribute, entries: Sequence[Entry]) -> Iterator[Fault]:
    counts = Counter(str(entry.get("language_tag")) for entry in entries)
    if max(counts.values()) > known.most:
        yield INVALID, f"'{known.title}' takes at most {known.most} entries."
