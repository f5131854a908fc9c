"""Whether an asker may read what a proposal would show along."""

from __future__ import annotations

from pydantic import BaseModel

from stockroom.core.errors import NotAllowedError
from stockroom.spec.reads_along import ReadsAlong
from stockroom.spec.tool import ChangeTool
from stockroom.writes.asker import Asker


def check_reads(asker: Asker, tool: ChangeTool, wanted: BaseModel) -> None:
    """Refuse arguments that would show what the asker may not read.

    Raises:
        NotAllowedError: One needs a scope that the asker does not have.
    """
    needed = tool.reads if isinstance(tool, ReadsAlong) else {}
    for argument, scope in needed.items():
        if getattr(wanted, argument) is not None and scope not in asker.scopes:
            raise NotAllowedError(
                f"This key may not use {tool.name} with {argument}: it shows what {scope} reads.",
                next_step=f"Leave {argument} out; or an owner of the account can issue a key that "
                f"has {scope}, too.",
            )
