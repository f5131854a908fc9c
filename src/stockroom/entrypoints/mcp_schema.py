"""Input schemas as clients see them: everything a model needs and not a byte more.

pydantic titles every field and spells "may be left out" as a union with null; how long
a text may be is checked, and nobody comes near it. All of it costs tokens in every
conversation and says nothing.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

_ACCOUNT = {"type": "string", "description": "One of accounts."}

_NOISE = {"title", "maxLength"}

OUTPUT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "columns": {"type": "array", "items": {"type": "string"}},
        "rows": {"type": "array", "items": {"type": "array"}},
    },
}
"""One for all tools, so the least that holds of an answer: columns are documented in a resource."""


def input_schema(arguments: type[BaseModel], *, names_account: bool) -> dict[str, Any]:
    """The JSON schema of a tool's arguments.

    Args:
        arguments: The declared arguments.
        names_account: The key covers several accounts, so each call says which.
    """
    schema = arguments.model_json_schema()
    properties = {name: _lean(part) for name, part in schema.get("properties", {}).items()}
    required = list(schema.get("required", []))
    if names_account:
        properties = {"account": _ACCOUNT, **properties}
        required.insert(0, "account")
    lean: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        lean["required"] = required
    if "$defs" in schema:
        lean["$defs"] = {name: _lean(part) for name, part in schema["$defs"].items()}
    lean["additionalProperties"] = False
    return lean


def _lean(part: Any) -> Any:
    """One schema without titles, lengths of texts, null branches and null defaults."""
    if isinstance(part, list):
        return [_lean(item) for item in part]
    if not isinstance(part, dict):
        return part
    lean = {
        name: _lean(value)
        for name, value in part.items()
        if not (name in _NOISE and not isinstance(value, dict))
        and not (name == "default" and value is None)
    }
    branches = [item for item in lean.get("anyOf", []) if item != {"type": "null"}]
    if len(branches) == 1:
        del lean["anyOf"]
        lean = {**branches[0], **lean}
    elif branches:
        lean["anyOf"] = branches
    return lean
