"""The tools of this server: declarations made into entries a principal can see and call.

An entry holds what ``tools/list`` shows and what a call needs. Who sees which is
decided here, by scope: ``tools/list`` shows a key only what it may call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from mcp_types import InputRequiredResult, ToolAnnotations
from mcp_types import Tool as WireTool
from pydantic import BaseModel

from stockroom.core.scope import Scope
from stockroom.entrypoints.answers import Wire
from stockroom.entrypoints.mcp_exchange import SILENT, Exchange
from stockroom.entrypoints.mcp_schema import OUTPUT_SCHEMA, input_schema
from stockroom.spec.answer import Column
from stockroom.tenancy.principal import Account, Principal


@dataclass(frozen=True, slots=True)
class Call:
    """One call that was admitted: who asks, for which account, with what."""

    principal: Principal
    account: Account | None
    arguments: BaseModel
    exchange: Exchange = SILENT
    """What can be said and asked while it lasts."""


class Nature:
    """The annotations of the kinds of tools there are; clients ask people by them."""

    READ = ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )
    PREVIEW = ToolAnnotations(
        read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=True
    )
    CONFIRM = ToolAnnotations(
        read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=True
    )


@dataclass(frozen=True)
class Entry:
    """One tool as this server offers it.

    Args:
        name: What it is called.
        title: What people read.
        description: When to use it and when not.
        scopes: What a key must hold; one of them is enough.
        nature: All four annotations.
        arguments: Declared arguments, without ``account``.
        call: Does it and returns the object of the answer, or what the client must ask first.
        columns: What ``stockroom://columns/{tool}`` documents.
        per_account: Whether a call is for one account.
    """

    name: str
    title: str
    description: str
    scopes: frozenset[Scope]
    nature: ToolAnnotations
    arguments: type[BaseModel]
    call: Callable[[Call], Awaitable[Wire | InputRequiredResult]]
    columns: tuple[Column, ...] = ()
    per_account: bool = True

    def visible_to(self, principal: Principal) -> bool:
        """Whether the tool exists for this principal."""
        return any(principal.may(self.name, scope) for scope in self.scopes)

    def listed_for(self, principal: Principal) -> bool:
        """Whether this principal is told of it: what a person could still grant is listed too."""
        possible = any(principal.could(self.name, scope) for scope in self.worth_asking)
        return possible or self.visible_to(principal)

    @property
    def worth_asking(self) -> frozenset[Scope]:
        """The scopes a person may be asked for; of confirming none: what it needs, the change decides."""
        return frozenset() if self.nature is Nature.CONFIRM else self.scopes

    def wire(self, *, names_account: bool) -> WireTool:
        """The entry as ``tools/list`` shows it."""
        return self._several if names_account and self.per_account else self._single

    @cached_property
    def _single(self) -> WireTool:
        return self._wire(names_account=False)

    @cached_property
    def _several(self) -> WireTool:
        return self._wire(names_account=True)

    def _wire(self, *, names_account: bool) -> WireTool:
        return WireTool(
            name=self.name,
            title=self.title,
            description=_flowing(self.description),
            input_schema=input_schema(self.arguments, names_account=names_account),
            output_schema=OUTPUT_SCHEMA,
            annotations=self.nature.model_copy(update={"title": self.title}),
        )


def _flowing(text: str) -> str:
    """``text`` without the line breaks of its source; paragraphs stay apart."""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


class Catalogue:
    """All entries, in the order they are listed: by name, reads first."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        ordered = sorted(entries, key=lambda entry: (not entry.nature.read_only_hint, entry.name))
        self._entries: Mapping[str, Entry] = {entry.name: entry for entry in ordered}

    def visible(self, principal: Principal) -> list[Entry]:
        """What this principal may call."""
        return [entry for entry in self._entries.values() if entry.visible_to(principal)]

    def listed(self, principal: Principal) -> list[Entry]:
        """What this principal is told of: for a token, also what stepping up could reach."""
        return [entry for entry in self._entries.values() if entry.listed_for(principal)]

    def find(self, name: str) -> Entry | None:
        """The entry of that name, whoever may see it."""
        return self._entries.get(name)
