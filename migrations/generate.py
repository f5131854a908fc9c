"""Generates the migration that the declarations need: ``python migrations/generate.py NAME``."""

import asyncio
import sys

from stockroom.db.migrate import revise
from stockroom.entrypoints.wiring import load_declarations

load_declarations()
sys.stdout.write(f"{asyncio.run(revise(sys.argv[1]))}\n")
