"""``python -m stockroom.entrypoints.cli`` is ``stockroom``."""

from __future__ import annotations

from stockroom.entrypoints.cli.main import main

main()
