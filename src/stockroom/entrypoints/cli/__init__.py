"""The command line: ``stockroom …``.

Its modules only say what the commands are and what they take; what a command
does is imported when it runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

from stockroom.entrypoints.cli.main import main as main
