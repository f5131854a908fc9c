"""Write tools that show facts along: an argument can ask for more than the tool's own scope allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Protocol, runtime_checkable

from stockroom.core.scope import Scope


@runtime_checkable
class ReadsAlong(Protocol):
    """A tool whose preview tells, for some argument, what a read tool tells."""

    reads: ClassVar[Mapping[str, Scope]]
    """Argument → the scope that reading such facts needs; asked for where the argument is given."""
