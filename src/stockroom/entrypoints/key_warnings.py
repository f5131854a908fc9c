"""What whoever issues a key should know of it, before the key is refused for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from stockroom.core.errors import GuardrailError
from stockroom.spec.tool import ChangeTool
from stockroom.writes.limits import Limits
from stockroom.writes.powers import left_to_people


def warnings_of(
    tools: Iterable[ChangeTool],
    scopes: Collection[str],
    only: Collection[str] | None,
    limits: Mapping[str, Any],
) -> list[str]:
    """A sentence for each thing that a key cannot do although its scopes say so.

    Args:
        tools: Every write tool.
        scopes: The key's.
        only: The tools it is held to, if it is.
        limits: The key's.
    """
    try:
        held_to = Limits.read(limits)
    except GuardrailError as unreadable:  # stored by another version: such a key changes nothing
        return [unreadable.summary]
    return list(left_to_people(tools, scopes, only, held_to))
