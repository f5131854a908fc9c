"""Commands as a shell runs them: whole processes with an environment of their own."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

_PATIENCE_S = 240
_SHELL = ("PATH", "HOME", "LANG")


def clean(**more: str) -> dict[str, str]:
    """The environment of a shell that knows nothing of us."""
    kept = {name: os.environ[name] for name in _SHELL if name in os.environ}  # noqa: TID251 - a clean shell
    return kept | more


def stockroom(
    *arguments: str, given: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """How a command ended, with that on its standard input."""
    with tempfile.TemporaryDirectory() as folder:
        streams = {name: Path(folder, name) for name in ("stdin", "stdout", "stderr")}
        for name, path in streams.items():
            path.write_text(given if name == "stdin" else "")
        order = {name: str(path) for name, path in streams.items()} | {
            "arguments": arguments,
            "environment": clean(**environment),
            "patience_s": _PATIENCE_S,
        }
        code = _carried_out(json.dumps(order))
        said = [streams[name].read_text() for name in ("stdout", "stderr")]
    return subprocess.CompletedProcess(arguments, code, *said)


def _carried_out(order: str) -> int:
    process = _preloaded()
    assert process.stdin is not None
    assert process.stdout is not None
    print(order, file=process.stdin, flush=True)
    return int(process.stdout.readline())


@cache
def _preloaded() -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("preloaded.py"))],
        env=clean(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(process.communicate)
    return process
