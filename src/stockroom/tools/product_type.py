"""What a product type lets a seller say: Amazon's schema of it, read for one attribute at a time.

An attribute is a list of entries. Its ``selectors`` (marketplace, language …) tell the
entries apart, ``maxUniqueItems`` bounds how many may share them, and ``editable`` says
whether a seller may change a value at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stockroom.amazon.ports import SellingPartner
from stockroom.core.errors import BadDocumentError, InvalidInputError
from stockroom.core.ids import digest
from stockroom.core.marketplaces import Marketplace
from stockroom.core.text import plain
from stockroom.tools.live_listing import Entry
from stockroom.tools.schema_check import Fault, SchemaCheck

MARKETPLACE = "marketplace_id"
LANGUAGE = "language_tag"
_GIVEN_BY_US = frozenset({MARKETPLACE, LANGUAGE})
"""Parts that are never the seller's to edit and always Amazon's to know."""


@dataclass(frozen=True, slots=True)
class AttributeType:
    """One attribute of a product type.

    Args:
        name: Amazon's name.
        check: Judges by the whole schema.
        schema: The attribute's part of it.
        parts: The parts of an entry by name, references followed.
    """

    name: str
    check: SchemaCheck
    schema: Mapping[str, Any]
    parts: Mapping[str, Mapping[str, Any]]

    @property
    def language(self) -> str | None:
        """The store's own language, where entries are in one."""
        default = self.parts.get(LANGUAGE, {}).get("default")
        return default if isinstance(default, str) else None

    @property
    def most(self) -> int | None:
        """Entries that may share marketplace, language and whatever else selects; None: any."""
        most = self.schema.get("maxUniqueItems")
        return most if isinstance(most, int) and not isinstance(most, bool) else None

    def judge(self, entries: Sequence[Entry], present: Sequence[Entry]) -> None:
        """Hold the entries that would be sent against the definition; those that stay are Amazon's.

        Raises:
            InvalidInputError: Amazon's definition rules them out.
        """
        new = [entry for entry in entries if entry not in present]
        gone = () if entries else present
        faults = [fault for entry in (*new, *gone) for fault in self._fixed(entry, present)]
        faults += [fault for entry in new for fault in self._faults(entry)]
        for fault in faults:
            raise _refused(self.name, fault)
        if new and self.most is not None and max(self._shared(entries).values()) > self.most:
            raise _refused(self.name, Fault("", f"has more than {self.most} entries"))

    def _fixed(self, entry: Entry, present: Sequence[Entry]) -> Iterator[Fault]:
        items = self.check.resolved(self.schema.get("items"))
        if self.schema.get("editable") is False or items.get("editable") is False:
            yield Fault("", "cannot be edited")
        stands = [one for one in present if one != entry]
        for name, part in entry.items():
            fixed = name not in _GIVEN_BY_US and self.parts.get(name, {}).get("editable") is False
            if fixed and not any(one.get(name) == part for one in stands):
                yield Fault(name, "cannot be edited")

    def _faults(self, entry: Entry) -> Iterator[Fault]:
        return self.check.faults(self.schema.get("items"), dict(entry))

    def _shared(self, entries: Sequence[Entry]) -> Counter[str]:
        named = self.schema.get("selectors")
        selectors = (
            [one for one in named if isinstance(one, str)] if isinstance(named, list) else []
        )
        return Counter(digest([entry.get(one) for one in selectors]) for entry in entries)


class ProductType:
    """A product type in one marketplace.

    Args:
        schema: Amazon's, as it came.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        properties = schema.get("properties")
        if not isinstance(properties, dict) or not properties:
            raise BadDocumentError(
                "Amazon's definition of this product type names no attributes.",
                next_step="Try again later; until then edit the listing in Seller Central.",
            )
        self._properties = properties

    def attribute(self, name: str) -> AttributeType:
        """One attribute.

        Raises:
            InvalidInputError: Listings of this type do not have it.
        """
        check = SchemaCheck(self._schema)
        if name not in self._properties:
            raise InvalidInputError(
                f"Listings of this product type have no attribute '{name}'.",
                field=f"attributes.{name}",
                next_step="Use one that amazon_says names, spelled like that.",
                amazon_says=[", ".join(sorted(self._alike(name)))],
            )
        schema = check.resolved(self._properties[name])
        items = check.resolved(schema.get("items")).get("properties")
        parts = items if isinstance(items, dict) else {}
        resolved = {str(part): check.resolved(one) for part, one in parts.items()}
        return AttributeType(name, check, schema, resolved)

    def _alike(self, name: str) -> list[str]:
        """Known names that share a word with ``name``; all of them, if none does."""
        words = set(name.split("_"))
        known = [str(one) for one in self._properties]
        return [one for one in known if words & set(one.split("_"))] or known


async def read_product_type(amazon: SellingPartner, name: str, market: Marketplace) -> ProductType:
    """Ask Amazon what a product type is.

    Raises:
        BadDocumentError: Its schema is none.
        AmazonError: Amazon answered otherwise.
    """
    return ProductType(await amazon.product_type_schema(name, market))


def _refused(name: str, fault: Fault) -> InvalidInputError:
    where = f" ({plain(fault.where, 80)})" if fault.where else ""
    return InvalidInputError(
        f"The attribute '{name}'{where} {fault.what}.",
        field=f"attributes.{name}",
        next_step="Correct it by what amazon_says allows."
        if fault.allowed
        else "Correct it, or leave this attribute out.",
        amazon_says=fault.allowed,
    )
