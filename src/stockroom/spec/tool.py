"""The language of tools: a function or a class becomes a name, a schema, a scope and a text.

A tool file holds no MCP. A read tool is an async function whose first
parameter is a session already inside one account; a write tool is a class that
plans, executes and verifies. Schemas come from the annotations, descriptions
from the docstrings, so that there is one place to change either.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import (
    Annotated,
    Any,
    ClassVar,
    Literal,
    Protocol,
    get_type_hints,
    runtime_checkable,
)
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, create_model
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.amazon.ports import SellingPartner
from stockroom.core.clock import Clock
from stockroom.core.marketplaces import Region
from stockroom.core.scope import Scope
from stockroom.db.session import ReadSession
from stockroom.spec.answer import Answer, Column
from stockroom.spec.change import Change, Receipt, Verdict
from stockroom.spec.measures import Measure


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


# --- shared arguments: the same word means the same thing in every tool ----------------------
# What they mean is said once, in the server's instructions: a word here is paid for by each tool.

MarketplaceFilter = Annotated[
    str | None,
    Field(description="Country code.", max_length=3),
]
_Skus = Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=100)]
SkuFilter = Annotated[
    _Skus | None,
    BeforeValidator(_as_list),
    # A single string is taken for a list of one; the schema says so, too.
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}},
            ]
        }
    ),
]
CursorArgument = Annotated[str | None, Field(max_length=500)]
LimitArgument = Annotated[int, Field(ge=1, le=500)]
DetailArgument = Literal["compact", "full"]


@dataclass(frozen=True, slots=True)
class ReadTool:
    """A declared read tool; made by :func:`read_tool`."""

    name: str
    title: str
    description: str
    scope: Scope
    columns: tuple[Column, ...]
    arguments: type[BaseModel]
    answer: Callable[..., Awaitable[Answer]]
    timed: bool = False
    """Whether it judges by the present: its function takes a ``clock``."""

    async def ask(self, db: ReadSession, clock: Clock, **arguments: Any) -> Answer:
        """Answer one call inside the account of ``db``."""
        if self.timed:
            arguments["clock"] = clock
        return await self.answer(db, **arguments)


def read_tool(
    *, scope: Scope, title: str, columns: Sequence[Column]
) -> Callable[[Callable[..., Awaitable[Answer]]], ReadTool]:
    """Declare a read tool.

    The function's name is the tool's, its docstring the description, its
    parameters after ``db`` the arguments; one annotated ``Clock`` is given the
    time and is no argument.
    """

    def declare(function: Callable[..., Awaitable[Answer]]) -> ReadTool:
        return ReadTool(
            name=function.__name__,
            title=title,
            description=inspect.getdoc(function) or "",
            scope=scope,
            columns=tuple(columns),
            arguments=_arguments_of(function),
            answer=function,
            timed=Clock in get_type_hints(function).values(),
        )

    return declare


def _arguments_of(function: Callable[..., Any]) -> type[BaseModel]:
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        if hints[parameter.name] is Clock:
            continue
        required = parameter.default is inspect.Parameter.empty
        fields[parameter.name] = (hints[parameter.name], ... if required else parameter.default)
    return create_model(
        f"{function.__name__}_arguments", __config__=ConfigDict(extra="forbid"), **fields
    )


# --- write tools --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TargetAccount:
    """The client account a change is for."""

    id: UUID
    slug: str
    seller_id: str
    region: Region
    marketplaces: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The account's own choices, e.g. ``ship_from``."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a write tool stands on: one account, live Amazon, our facts, the time."""

    account: TargetAccount
    amazon: SellingPartner
    db: ReadSession
    clock: Clock


class WriteTool(Protocol):
    """One kind of change. ``plan`` is called at the preview and again at execution.

    ``plan`` only reads. ``execute`` makes exactly one call that writes and is never
    repeated. ``verify`` reads, and may have Amazon work out what it reads next (offers,
    quotes): nothing that commits anybody to anything, because it is called many times.
    What Amazon finishes minutes later is awaited there, look by look.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    scope: ClassVar[Scope]
    arguments: ClassVar[type[BaseModel]]

    async def plan(self, arguments: Any, ground: Ground) -> Change:
        """Work the change out from live values.

        Raises:
            InvalidInputError: An argument cannot be used.
            AmazonRefusedError: Amazon's own validation says no.
        """
        ...

    async def execute(self, change: Change, ground: Ground) -> Receipt:
        """Send it: one call."""
        ...

    async def verify(self, change: Change, ground: Ground) -> Verdict:
        """Read back what Amazon shows now.

        ``change.answer`` is empty when nobody knows whether Amazon heard of it.
        """
        ...

    def revert(self, change: Change) -> BaseModel | None:
        """Arguments of the change that would put the old values back, if there is one.

        They are of the tool whose ``arguments`` class they are: often this one.
        """
        ...


@dataclass(frozen=True, slots=True)
class Several:
    """That one call may hold several items, of which each becomes a change of its own.

    Args:
        most: Items in one call.
        each: The tool's arguments that differ from item to item; the others are shared.
        named: Those of them that say which item it is.
    """

    most: int
    each: tuple[str, ...]
    named: tuple[str, ...]


@runtime_checkable
class TakesSeveral(Protocol):
    """A tool whose calls may hold several items; it is asked for each alone."""

    several: ClassVar[Several]


@dataclass(frozen=True, slots=True)
class Stage:
    """One thing that Amazon comes to on the way to the end of a change.

    Args:
        said: That it has, in a sentence of ours.
        shown_by: The names in ``Verdict.live`` of which any that says something shows it.
    """

    said: str
    shown_by: tuple[str, ...]


@runtime_checkable
class FinishesLater(Protocol):
    """A tool whose changes Amazon works at for minutes, and whose end is worth waiting for."""

    stages: ClassVar[tuple[Stage, ...]]
    """In the order in which Amazon comes to them; none: there is only the end."""


@runtime_checkable
class SpendsLater(Protocol):
    """A tool that sets what is spent later, e.g. a budget: the money of a day does not hold it."""

    spends_later: ClassVar[Measure]
    """The figure that it sets."""


# --- tools that write down what somebody says ------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """Who says something, when and by which change, and the transaction that writes it down."""

    session: AsyncSession
    account_id: UUID
    change_id: UUID
    at: datetime
    said_by: str


@runtime_checkable
class LocalTool(Protocol):
    """A change of what is kept here: nothing at Amazon moves, and Amazon is never asked.

    ``plan`` and ``revert`` are those of a :class:`WriteTool`. ``record`` writes, in the
    transaction that settles the change: both are there, or neither.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    scope: ClassVar[Scope]
    arguments: ClassVar[type[BaseModel]]

    async def plan(self, arguments: Any, ground: Ground) -> Change:
        """Work the change out from what is on file.

        Raises:
            InvalidInputError: An argument cannot be used.
        """
        ...

    async def record(self, change: Change, entry: Entry) -> None:
        """Write it down."""
        ...

    def revert(self, change: Change) -> BaseModel | None:
        """Arguments of the change that would put the old values back, if there is one."""
        ...


ChangeTool = WriteTool | LocalTool
"""Whatever proposes changes."""
