"""What a key must hold to confirm by itself what it proposed.

What happens at Amazon asks for ``changes:confirm`` and a limit of changes per day, which an
owner grants. What is only kept here moves no goods and no money, is told with its history,
and can always be put back: the tool's own scope is enough.
"""

from __future__ import annotations

from stockroom.core.scope import Scope
from stockroom.spec.tool import ChangeTool
from stockroom.writes.models import ChangeRow


def confirming_scopes(row: ChangeRow, tool: ChangeTool) -> frozenset[Scope]:
    """The scopes a key needs to confirm a change that it proposed."""
    return frozenset({tool.scope} if row.local else {tool.scope, Scope.CONFIRM})


def needs_daily_limit(row: ChangeRow) -> bool:
    """Whether a key without a limit of changes per day may not confirm it."""
    return not row.local
