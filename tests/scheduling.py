"""Which worker of ``-n`` runs which test: a file stays with one, and so does a folder that asks for it.

What a file's tests share (a demo, a database full of rows, a world) is then made once.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

_TOGETHER = ("tests/simulator/trouble/",)
"""Folders whose files share what takes seconds to make: 200 days of events."""


class ByFile(LoadScopeScheduling):  # type: ignore[misc] # xdist is untyped
    """Hands out files in the order of collection, not the largest first: few tests can be long."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in _TOGETHER if file.startswith(folder)), file)
