"""Holding a value against a JSON Schema that somebody else wrote.

Only what can be judged in bounded time: shapes, ranges, lengths and lists of values.
Patterns and conditions are left to Amazon's own preview: a schema is text from outside,
and a hostile pattern could keep us busy for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_DEEPEST = 12
_MOST_STEPS = 20_000
_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
    "array": (list,),
    "null": (type(None),),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a value does not fit.

    Args:
        where: Path inside the value, e.g. ``value``; empty for the value itself.
        what: A phrase of ours, e.g. ``has more than 200 characters``.
        allowed: The values that fit, in the schema's words: data.
    """

    where: str
    what: str
    allowed: tuple[str, ...] = ()


@dataclass(slots=True)
class SchemaCheck:
    """One judgement by one schema.

    Args:
        root: The whole schema, for references.
    """

    root: Mapping[str, Any]
    _steps: int = field(default=0, init=False)

    def faults(self, schema: Any, value: Any, where: str = "", depth: int = 0) -> Iterator[Fault]:
        """Everything in ``value`` that the schema rules out; what is too deep to judge passes."""
        self._steps += 1
        if depth > _DEEPEST or self._steps > _MOST_STEPS:
            return
        schema = self.resolved(schema)
        if not _is_type(schema.get("type"), value):
            yield Fault(where, f"is no {' or '.join(_type_names(schema.get('type')))}")
            return
        yield from _own_faults(schema, value, where)
        yield from self._branches(schema, value, where, depth)
        if isinstance(value, dict):
            yield from self._members(schema, value, where, depth)
        if isinstance(value, list) and isinstance(schema.get("items"), dict):
            for at, item in enumerate(value):
                yield from self.faults(schema["items"], item, f"{where}[{at}]", depth + 1)

    def resolved(self, schema: Any) -> Mapping[str, Any]:
        """A schema with its reference followed; an empty one where there is none to follow."""
        for _ in range(_DEEPEST):
            if not isinstance(schema, dict):
                return {}
            reference = schema.get("$ref")
            if not isinstance(reference, str):
                return schema
            schema = self._at(reference)
        return {}

    def _at(self, reference: str) -> Any:
        place: Any = self.root if reference.startswith("#/") else None
        for part in reference.removeprefix("#/").split("/"):
            place = place.get(part) if isinstance(place, dict) else None
        return place

    def _branches(
        self, schema: Mapping[str, Any], value: Any, where: str, depth: int
    ) -> Iterator[Fault]:
        for part in _listed(schema.get("allOf")):
            yield from self.faults(part, value, where, depth + 1)
        for word in ("anyOf", "oneOf"):
            found = [
                list(self.faults(part, value, where, depth + 1))
                for part in _listed(schema.get(word))
            ]
            if found and all(found):
                yield min(found, key=len)[0]

    def _members(
        self, schema: Mapping[str, Any], value: Mapping[str, Any], where: str, depth: int
    ) -> Iterator[Fault]:
        known = schema.get("properties")
        known = known if isinstance(known, dict) else {}
        for name in _listed(schema.get("required")):
            if isinstance(name, str) and name not in value:
                yield Fault(where, "lacks a part", (name,))
        for name, item in value.items():
            if name in known:
                yield from self.faults(known[name], item, _within(where, name), depth + 1)
            elif schema.get("additionalProperties") is False:
                yield Fault(_within(where, name), "is not known", tuple(map(str, known)))


def _own_faults(schema: Mapping[str, Any], value: Any, where: str) -> Iterator[Fault]:
    allowed = _listed(schema.get("enum"))
    if allowed and value not in allowed:
        yield Fault(where, "is none of the allowed values", _spelled(allowed))
    if "const" in schema and value != schema["const"]:
        yield Fault(where, "is none of the allowed values", _spelled([schema["const"]]))
    for word, size, what in _sizes(value):
        bound = schema.get(word)
        if not isinstance(bound, int | float) or isinstance(bound, bool):
            continue
        if word.startswith("max") and size > bound:
            yield Fault(where, f"has more than {bound} {what}" if what else f"is above {bound}")
        if word.startswith("min") and size < bound:
            yield Fault(where, f"has less than {bound} {what}" if what else f"is below {bound}")


def _sizes(value: Any) -> Iterator[tuple[str, float, str]]:
    """The bounds that a schema may set to such a value: keyword, its size, in what."""
    measures: list[tuple[str, float, str]] = []
    if isinstance(value, str):
        measures = [
            ("Length", len(value), "characters"),
            ("Utf8ByteLength", len(value.encode()), "bytes"),
        ]
    elif isinstance(value, list):
        measures = [("Items", len(value), "entries")]
    elif isinstance(value, int | float) and not isinstance(value, bool):
        measures = [("imum", value, "")]
    for word, size, what in measures:
        yield f"min{word}", size, what
        yield f"max{word}", size, what


def _is_type(wanted: Any, value: Any) -> bool:
    names = _type_names(wanted)
    if not names:
        return True  # a schema that names none, or none we know, takes any
    if isinstance(value, bool):
        return "boolean" in names
    whole = isinstance(value, float) and value.is_integer()
    return any(isinstance(value, _TYPES[one]) or (one == "integer" and whole) for one in names)


def _type_names(wanted: Any) -> list[str]:
    several = wanted if isinstance(wanted, list) else [wanted]
    return [one for one in several if isinstance(one, str) and one in _TYPES]


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else []


def _spelled(values: Sequence[Any]) -> tuple[str, ...]:
    return (", ".join(str(value) for value in values),)


def _within(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
