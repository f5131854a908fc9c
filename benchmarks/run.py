"""`make bench`: what a tool call costs beside the bare SDK, and a load beside a raw COPY.

A home is made with the demo's own command, so that the tables are what a newcomer has.
The floor is a bare SDK server that answers a constant of the same wire size.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import load
import runaway
from client import Connection, Target
from stockroom.core.config import load_settings

HERE = Path(__file__).parent
STOCKROOM = Path(sys.executable).with_name("stockroom")
ROUNDS, CALLS, WARM_UP = 20, 50, 100
LIMIT = 2.5


def main() -> None:
    """Run, print, and exit 1 when a ratio is above its limit."""
    options = _options()
    figures: dict[str, Any] = {}
    if options.only != "load":
        with tempfile.TemporaryDirectory(prefix="stockroom-bench-") as folder:
            figures |= _measure(Path(folder), options.skus)
        print(_table(figures["days_of_cover"]), flush=True)
        print(_lookup_line(figures["key_lookup"]), flush=True)
        print(runaway.line(figures["runaway"]), flush=True)
    if options.only != "read":
        print("loading 1.5 million ledger events, and copying the same rows …", flush=True)
        figures["load_ledger"] = load.measure()
        print(_load_line(figures["load_ledger"]))
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=2), encoding="utf-8")
    sys.exit(int(_missed(figures)))


def _missed(figures: dict[str, Any]) -> bool:
    """Whether a figure is beyond its limit."""
    read, fill = figures.get("days_of_cover"), figures.get("load_ledger")
    slow_read = read is not None and read["ratio_p50"] > LIMIT
    slow_load = fill is not None and (
        fill["ratio"] < fill["least_ratio"] or fill["peak_mb"] > fill["most_mb"]
    )
    lookup = figures.get("key_lookup")
    slow_lookup = lookup is not None and lookup["per_request_ms"] > lookup["most_ms"]
    wild = figures.get("runaway")
    moved = wild is not None and runaway.moved(wild)
    return slow_read or slow_load or slow_lookup or moved


def _lookup_line(one: dict[str, Any]) -> str:
    return (
        f"key_lookup      {one['per_request_ms']:.4f} ms of a request at {one['requests_per_s']} a "
        f"second (most {one['most_ms']}); remembered {one['remembered_ms']:.4f} ms, asked anew "
        f"{one['asked_ms']:.2f} ms"
    )


def _load_line(one: dict[str, Any]) -> str:
    return (
        f"load_ledger     {one['rows_per_s']} rows/s beside COPY {one['copy_rows_per_s']}: "
        f"ratio {one['ratio']} (least {one['least_ratio']}); "
        f"peak {one['peak_mb']} MB (most {one['most_mb']})"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument("--json", metavar="FILE", help="write the figures there, too")
    parser.add_argument("--only", choices=["read", "load"], help="one of the two benchmarks")
    parser.add_argument("--skus", type=int, default=120, help="SKUs of the measured account")
    return parser.parse_args()


def _measure(folder: Path, skus: int) -> dict[str, Any]:
    home, ready = folder / "home", folder / "ready.json"
    print("making a home with one seller …", flush=True)
    demo = [str(STOCKROOM), "demo", "--once", "--home", str(home), "--accounts", "1"]
    port = _free_port()
    subprocess.run(
        [*demo, "--skus", str(skus), "--port", str(port), "--ready-file", str(ready)],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    keys = json.loads(ready.read_text(encoding="utf-8"))["keys"]
    key = keys["reader"]
    serve = [str(STOCKROOM), "serve", "--home", str(home), "--port", str(port)]
    with _process(serve, port):
        tool = Target(f"http://127.0.0.1:{port}/mcp", "days_of_cover", {"limit": 50}, key)
        figures = {"days_of_cover": asyncio.run(_against_floor(tool, folder))}
        with _process(*_amazon(home), alone=False):
            agent = Target(tool.url, "set_price", {}, keys["operator"])
            figures["runaway"] = asyncio.run(runaway.measure(tool, agent))
    looked_up = subprocess.run(
        [sys.executable, str(HERE / "key_lookup.py"), str(home)],
        check=True,
        input=key,
        capture_output=True,
        text=True,
    )
    return figures | {"key_lookup": json.loads(looked_up.stdout)}


def _amazon(home: Path) -> tuple[list[str], int]:
    """The pretend Amazon of a home: its command and its port."""
    port = urlsplit(load_settings(home=home).simulator_url or "").port
    assert port is not None  # the demo wrote it down
    return [str(STOCKROOM), "simulate", "--home", str(home)], port


async def _against_floor(tool: Target, folder: Path) -> dict[str, Any]:
    subject = Connection(tool)
    await subject.open()
    answer = json.loads(await subject.call())["result"]["structuredContent"]
    (folder / "constant.json").write_text(json.dumps(answer), encoding="utf-8")
    port = _free_port()
    bare = [sys.executable, str(HERE / "bare_server.py"), str(port), str(folder / "constant.json")]
    with _process(bare, port):
        floor = Connection(Target(f"http://127.0.0.1:{port}/mcp", "constant", {}))
        await floor.open()
        sizes = [len(await one.call()) for one in (subject, floor)]
        times = await _alternate(subject, floor)
        await floor.close()
    await subject.close()
    return _figures(times, sizes, len(answer["rows"]))


async def _alternate(subject: Connection, floor: Connection) -> tuple[list[float], list[float]]:
    """Measure in turns, so that a busy moment of the machine hits both."""
    await subject.time(WARM_UP)
    await floor.time(WARM_UP)
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        times[0].extend(await subject.time(CALLS))
        times[1].extend(await floor.time(CALLS))
    return times


def _figures(times: tuple[list[float], list[float]], sizes: list[int], rows: int) -> dict[str, Any]:
    ours, theirs = (statistics.quantiles(one, n=100) for one in times)
    return {
        "rows": rows,
        "bytes": sizes[0],
        "floor_bytes": sizes[1],
        "p50_ms": round(ours[49] * 1000, 3),
        "p99_ms": round(ours[98] * 1000, 3),
        "floor_p50_ms": round(theirs[49] * 1000, 3),
        "floor_p99_ms": round(theirs[98] * 1000, 3),
        "ratio_p50": round(ours[49] / theirs[49], 2),
        "limit": LIMIT,
    }


def _table(one: dict[str, Any]) -> str:
    return (
        f"{'tool':<16}{'rows':>6}{'bytes':>8}{'p50 ms':>9}{'floor':>8}{'ratio':>7}{'limit':>7}\n"
        f"{'days_of_cover':<16}{one['rows']:>6}{one['bytes']:>8}{one['p50_ms']:>9.2f}"
        f"{one['floor_p50_ms']:>8.2f}{one['ratio_p50']:>7.2f}{one['limit']:>7.2f}"
    )


@contextlib.contextmanager
def _process(command: list[str], port: int, *, alone: bool = True) -> Iterator[None]:
    """Run ``command`` until the block ends; with ``alone`` on the first core, else wherever."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _wait_for(port, process)
        if alone and hasattr(os, "sched_setaffinity"):
            # Only now: a database that it started must not be held to the same core.
            os.sched_setaffinity(process.pid, {min(os.sched_getaffinity(0))})
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        try:
            process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
        raise RuntimeError((process.stderr.read() if process.stderr else b"").decode())
    raise RuntimeError(f"nothing listens on port {port}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
