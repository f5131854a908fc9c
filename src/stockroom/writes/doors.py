"""The gate's own tools: what a caller says to it besides proposing.

They are tools like any other to whoever serves them: a name, a text, arguments. And
every write tool takes two more arguments than its own, which belong to the proposal.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, create_model

from stockroom.core.errors import InvalidInputError
from stockroom.core.scope import CONFIRMING, Scope
from stockroom.core.text import storable
from stockroom.spec.tool import ChangeTool, Several, TakesSeveral
from stockroom.writes.asker import Asker
from stockroom.writes.batch import Batch
from stockroom.writes.gate import Gate
from stockroom.writes.shown import ChangeState, Preview

WRITE_SCOPES = frozenset(scope for scope in Scope if scope.endswith(":write"))


def _kept_as_given(text: str | None) -> str | None:
    if storable(text) != text:
        raise ValueError("has a character that cannot be kept (NUL, half a surrogate pair)")
    return text


_Kept = AfterValidator(_kept_as_given)
Reason = Annotated[str | None, Field(description="Why, for the audit.", max_length=500), _Kept]
IdempotencyKey = Annotated[
    str | None,
    Field(description="Repeating it returns the first result.", min_length=1, max_length=100),
    _Kept,
]
ChangeId = Annotated[UUID, Field(description="id of the preview.")]


class ConfirmArguments(BaseModel):
    """What was shown, by its fingerprint."""

    model_config = ConfigDict(extra="forbid")

    id: ChangeId
    fingerprint: Annotated[
        str, Field(description="fingerprint of the preview.", min_length=64, max_length=64)
    ]


class CancelArguments(BaseModel):
    """Which change to take back."""

    model_config = ConfigDict(extra="forbid")

    id: ChangeId
    reason: Reason = None


class RevertArguments(BaseModel):
    """Which change to undo."""

    model_config = ConfigDict(extra="forbid")

    id: ChangeId


@dataclass(frozen=True, slots=True)
class GateTool:
    """One of the gate's own tools.

    Args:
        name: As callers say it.
        title: As people read it.
        description: When to use it and when not.
        scopes: A key sees it with any one of these.
        destructive: Whether it makes a change at Amazon happen.
        arguments: Its arguments.
        call: What it does.
    """

    name: str
    title: str
    description: str
    scopes: frozenset[Scope]
    destructive: bool
    arguments: type[BaseModel]
    call: Callable[[Gate, Asker, Any], Awaitable[Preview | ChangeState | Batch]]


async def confirm(
    gate: Gate, asker: Asker, arguments: ConfirmArguments, *, asked: bool = False
) -> ChangeState | Batch:
    """Agree to a change or a batch; ``asked``: the person at the client was, and said yes."""
    agreed = arguments.id, arguments.fingerprint
    if await gate.is_batch(asker, arguments.id):
        return await gate.confirm_batch(asker, *agreed, asked=asked)
    return await gate.confirm(asker, *agreed, asked=asked)


async def _cancel(gate: Gate, asker: Asker, arguments: CancelArguments) -> ChangeState | Batch:
    if await gate.is_batch(asker, arguments.id):
        return await gate.cancel_batch(asker, arguments.id, arguments.reason)
    return await gate.cancel(asker, arguments.id, arguments.reason)


async def _revert(gate: Gate, asker: Asker, arguments: RevertArguments) -> Preview | Batch:
    if await gate.is_batch(asker, arguments.id):
        return await gate.revert_batch(asker, arguments.id)
    return await gate.revert(asker, arguments.id)


GATE_TOOLS: tuple[GateTool, ...] = (
    GateTool(
        "confirm_change",
        "Confirm a change",
        "Carries out a previewed change, exactly as shown. Use it only after a person "
        "has agreed to before and after. Pass id and fingerprint of the preview; refused when it "
        "has expired or the live value moved. Ask changes for the result.",
        CONFIRMING | {Scope.PLANNING_WRITE},  # which is enough for what is kept here
        destructive=True,
        arguments=ConfirmArguments,
        call=confirm,
    ),
    GateTool(
        "cancel_change",
        "Cancel a change",
        "Takes back a change that was not sent yet. Nothing at Amazon changes. After it was "
        "sent, use revert_change.",
        WRITE_SCOPES,
        destructive=False,
        arguments=CancelArguments,
        call=_cancel,
    ),
    GateTool(
        "revert_change",
        "Preview undoing a change",
        "Previews putting back the values that a verified change replaced. Nothing at Amazon "
        "changes until the new preview is confirmed.",
        WRITE_SCOPES,
        destructive=False,
        arguments=RevertArguments,
        call=_revert,
    ),
)


def proposal_arguments(tool: ChangeTool) -> type[BaseModel]:
    """A write tool's arguments as callers give them: its own, and the proposal's two."""
    several = tool.several if isinstance(tool, TakesSeveral) else None
    return _with_the_proposals(f"{tool.name}_arguments", tool.arguments, several)


@cache
def _with_the_proposals(
    name: str, own: type[BaseModel], several: Several | None
) -> type[BaseModel]:
    """Made once: every application that serves the tool asks for it, and it takes pydantic a while."""
    fields: dict[str, Any] = {
        **(_several(several, own) if several else {}),
        "reason": (Reason, None),
        "idempotency_key": (IdempotencyKey, None),
    }
    return create_model(name, __base__=own, **fields)


def _several(several: Several, own: type[BaseModel]) -> dict[str, Any]:
    """What differs from item to item is given once, or in each of ``items``."""
    told = {
        "type": "array",
        "items": {"type": "object"},
        "description": f"Instead of {', '.join(several.each)}: up to {several.most} objects of them.",
    }
    each: dict[str, Any] = {}
    for name in several.each:
        info = own.model_fields[name]
        said = Field(description=info.description)
        each[name] = (Annotated[(info.annotation, *info.metadata, said)], None)
    many = Annotated[list[dict[str, Any]], Field(min_length=1, max_length=several.most)]
    return {**each, "items": (Annotated[many | None, WithJsonSchema(told)], None)}


def split_proposal(given: BaseModel) -> tuple[dict[str, Any], str | None, str | None]:
    """The tool's own arguments, the reason and the idempotency key inside what was given."""
    own = given.model_dump(exclude_unset=True)
    return own, own.pop("reason", None), own.pop("idempotency_key", None)


def spread(tool: ChangeTool, own: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The items of a call, each with all its arguments; None when the call is for one.

    Raises:
        InvalidInputError: Items hold what all of them share, or are given beside an item.
    """
    if not isinstance(tool, TakesSeveral) or own.get("items") is None:
        return None
    each = frozenset(tool.several.each)
    shared = {name: value for name, value in own.items() if name != "items"}
    strange = {name for item in own["items"] for name in item} - each
    if strange or shared.keys() & each:
        raise InvalidInputError(
            f"Items are objects of {', '.join(tool.several.each)}, given instead of these.",
            field="items",
            next_step="Give what all items share beside items, and the rest in each of them.",
        )
    return [{**shared, **item} for item in own["items"]]
