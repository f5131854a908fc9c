"""Personal data among a tool's arguments: named once, kept apart from everything that lasts.

Whom a parcel goes to is needed until the order has left the house, and by nobody
afterwards. An argument marked ``PERSONAL`` is therefore never part of the audit, of the
stored arguments or of an answer; the gate keeps it beside the change, for as long as the
change may still be carried out.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class Personal:
    """The mark, in an argument's ``Annotated``."""


PERSONAL = Personal()


def personal_in(arguments: type[BaseModel]) -> set[str]:
    """The names of the arguments that are personal."""
    return {
        name
        for name, field in arguments.model_fields.items()
        if any(isinstance(mark, Personal) for mark in field.metadata)
    }


def set_apart(arguments: BaseModel) -> tuple[dict[str, Any], dict[str, Any]]:
    """Arguments as JSON values: what may be kept and told, and what is personal."""
    private = personal_in(type(arguments))
    told = arguments.model_dump(mode="json", exclude=private)
    return told, arguments.model_dump(mode="json", include=private) if private else {}
