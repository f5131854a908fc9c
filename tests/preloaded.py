"""A process that has imported all of Stockroom once, and becomes one command after the other.

Importing costs a hundred times what most commands do. Each command still runs
in a process of its own, with its own environment, streams and exit code: it is
forked from this one, which has never run any code of ours. It reads orders, one
JSON object a line, and answers each with the exit code.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

import stockroom.entrypoints.demo
import stockroom.entrypoints.import_document
import stockroom.entrypoints.keys
import stockroom.entrypoints.serve
import stockroom.entrypoints.simulator_log
import stockroom.entrypoints.stdio
import stockroom.entrypoints.tenants
import stockroom.entrypoints.truth
import stockroom.entrypoints.worker  # noqa: F401 - as those above: to have it
from stockroom.entrypoints.cli import main


def become(order: dict[str, Any]) -> None:
    """Run the command as a shell would have started it."""
    signal.alarm(order["patience_s"])
    for stream, name in enumerate(("stdin", "stdout", "stderr")):
        os.dup2(os.open(order[name], os.O_RDWR), stream)
    os.environ.clear()  # noqa: TID251 - a clean shell
    os.environ.update(order["environment"])  # noqa: TID251 - as above
    sys.argv[1:] = order["arguments"]
    main()


def serve() -> None:
    """Carry orders out until there are no more."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    while line := sys.stdin.readline():
        child = os.fork()
        if not child:
            try:
                become(json.loads(line))
            except SystemExit as left:
                sys.stdout.flush()
                os._exit(left.code if isinstance(left.code, int) else 1)
            finally:
                os._exit(255)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), file=answers, flush=True)


if __name__ == "__main__":
    serve()
