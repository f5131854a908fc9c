"""What every audit row about a change says of it, so that each can be read alone."""

from __future__ import annotations

from typing import Any

from stockroom.spec.change import Change
from stockroom.writes.models import ChangeRow


def told_of(row: ChangeRow) -> dict[str, Any]:
    """What was asked and why, what it would do, by whom it was proposed and agreed to."""
    return {
        "tool": row.tool,
        "target": row.target,
        "arguments": row.arguments,
        "reason": row.reason,
        "before": row.before,
        "after": row.after,
        "costs": row.costs,
        "irreversible": row.irreversible,
        "fingerprint": row.fingerprint,
        "reverts": row.reverts,
        "proposed_by": row.proposed_by,
        "confirmed_by": row.confirmed_by,
        "delegated": row.delegated,
    }


def sources_of(change: Change) -> dict[str, Any]:
    """Where the figures of a preview come from: runs of loads, and answers of Amazon."""
    return {"runs": dict(change.runs), "requests": dict(change.requests)}
