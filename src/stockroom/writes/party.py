"""Who stands at the gate of one account: a credential of a program, or a member in a browser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID


class Party(Protocol):
    """What the gate needs to know of either."""

    @property
    def account_id(self) -> UUID:
        """The account; every change of another one does not exist."""
        ...

    @property
    def actor(self) -> str:
        """How the audit names it."""
        ...

    @property
    def facts(self) -> dict[str, Any]:
        """What is remembered of it beside a change."""
        ...

    def reaches(self, target: Mapping[str, Any]) -> bool:
        """Whether it reaches the target of a change."""
        ...
