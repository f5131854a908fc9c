"""The edits of one listing: each attribute that would change, before and after.

Price, quantity and condition have tools of their own (or none): an edit that slipped
them in would pass every guardrail that is set for them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import Marketplace
from stockroom.spec.change import Change
from stockroom.tools.attribute_values import entries_of, kept, readable, same, shown
from stockroom.tools.live_listing import Entry, LiveListing
from stockroom.tools.product_type import AttributeType, ProductType

_PATH = "/attributes/"
_MOST_NAMED = 5
_MOST_CHARACTERS = 50_000
_ELSEWHERE: Mapping[str, str] = {
    "purchasable_offer": "Use set_price.",
    "list_price": "The list price is changed in Seller Central.",
    "skip_offer": "Offers are made and ended in Seller Central.",
    "fulfillment_availability": "Use set_quantity.",
    "condition_type": "The condition is changed in Seller Central.",
    "condition_note": "The condition is changed in Seller Central.",
    "merchant_suggested_asin": "Which product a SKU sells is changed in Seller Central.",
}


@dataclass(frozen=True, slots=True)
class Edit:
    """One attribute that would change.

    Args:
        kind: What it is.
        present: Its entries now.
        wanted: Its entries then; none: it is removed.
    """

    kind: AttributeType
    present: tuple[Entry, ...]
    wanted: tuple[Entry, ...]

    @property
    def name(self) -> str:
        """Amazon's name of the attribute."""
        return self.kind.name

    @property
    def patch(self) -> dict[str, Any]:
        """Amazon's spelling of it: the attribute as a whole."""
        path = f"{_PATH}{self.name}"
        if not self.wanted:
            return {"op": "delete", "path": path, "value": list(self.present)}
        return {"op": "replace", "path": path, "value": list(self.wanted)}

    @property
    def before(self) -> Any:
        """What stands there, as people read it."""
        return shown(self.present, self.kind)

    @property
    def after(self) -> Any:
        """What would stand there, as people read it."""
        return shown(self.wanted, self.kind)


def check_ours(given: Mapping[str, Any]) -> None:
    """Refuse what is not for this tool, or not to be shown to anybody.

    Raises:
        InvalidInputError: An attribute is changed elsewhere, or its value is no text or number,
            or all of it is too long to be read.
    """
    for name, value in given.items():
        readable(name, value)
        remedy = _ELSEWHERE.get(name)
        if remedy is None and "price" in name.split("_"):
            remedy = "Prices are changed with set_price or in Seller Central."
        if remedy is not None:
            raise InvalidInputError(
                f"The attribute '{name}' is not edited here.",
                field=f"attributes.{name}",
                next_step=remedy,
            )
    if len(json.dumps(given)) > _MOST_CHARACTERS:
        raise InvalidInputError(
            f"The attributes are longer than {_MOST_CHARACTERS} characters in all.",
            field="attributes",
            next_step="Edit them in several changes.",
        )


def edits(
    given: Mapping[str, Any], listing: LiveListing, product_type: ProductType
) -> Iterator[Edit]:
    """What would change, attribute by attribute; what stands already is left out.

    Raises:
        InvalidInputError: The product type does not allow a value.
    """
    for name in sorted(given):  # a stored object forgets its order, and it counts in a body
        kind = product_type.attribute(name)
        edit = _edit(kind, given[name], listing.entries(name), listing.market)
        if not same(edit.wanted, edit.present):
            yield edit


def _edit(kind: AttributeType, value: Any, present: tuple[Entry, ...], market: Marketplace) -> Edit:
    wanted = entries_of(value, kind, present, market)
    kind.judge(wanted, present)
    return Edit(kind, present, wanted)


def named(names: Sequence[str]) -> str:
    """A few names for one line."""
    more = len(names) - _MOST_NAMED
    few = ", ".join(names[:_MOST_NAMED])
    return f"{few} and {more} more" if more > 0 else few


def wanted_by(payload: Mapping[str, Any]) -> dict[str, Sequence[Entry]]:
    """What a body of patches wants to stand, by attribute; nothing where it removes."""
    return {
        str(patch["path"]).removeprefix(_PATH): patch["value"] if patch["op"] == "replace" else ()
        for patch in payload["patches"]
    }


def standing(change: Change, name: str, wanted: Sequence[Entry], listing: LiveListing) -> Any:
    """An attribute as it stands, in the shape in which the preview showed it."""
    entries = listing.entries(name)
    if same(wanted, entries):
        return change.after[name]
    if same(change.observed["attributes"][name], entries):
        return change.before[name]
    return kept(entries)
