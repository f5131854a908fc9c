"""The processes a demo starts, and their end.

Each holds the reading end of a pipe as its standard input (see ``runtime``), so
that none outlives the demo, however it ends.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from stockroom.core.errors import ConfigurationError
from stockroom.db.home import usable

_LOOK_S = 0.1
_STARTS_WITHIN_S = 60.0
_STOPS_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Child:
    """One process of the demo."""

    name: str
    process: Process
    log: Path

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process.returncode is None

    async def answers(self, url: str) -> None:
        """Wait until it answers on ``url``.

        Raises:
            ConfigurationError: It ended, or takes too long.
        """
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            for _ in range(round(_STARTS_WITHIN_S / _LOOK_S)):
                if not self.alive:
                    raise self.ended()
                try:
                    if (await client.get(url)).is_success:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(_LOOK_S)
        raise ConfigurationError(
            f"The {self.name} does not answer at {url}.", next_step=f"Its log is {self.log}."
        )

    def ended(self) -> ConfigurationError:
        """That it ended although nobody asked it to, with the last thing it said."""
        lines = self.log.read_text(errors="replace").strip().splitlines()
        said = lines[-1][:300] if lines else "It said nothing."
        return ConfigurationError(
            f"The {self.name} stopped: {said}", next_step=f"Its log is {self.log}."
        )

    async def stop(self) -> None:
        """End it: politely, then not."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        if self.alive:
            self.process.terminate()
        try:
            async with asyncio.timeout(_STOPS_WITHIN_S):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


@asynccontextmanager
async def child(home: Path, name: str, *arguments: str) -> AsyncIterator[Child]:
    """A ``stockroom`` command running while the block does.

    Args:
        home: The home it works in; its output is kept in ``logs/`` there.
        name: What people call it.
        arguments: The command and its options.
    """
    path = home / "logs" / f"{name}.log"
    with usable(home):
        path.parent.mkdir(exist_ok=True)
        path.touch(mode=0o600)
    with path.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "stockroom.entrypoints.cli",
            *arguments,
            "--home",
            str(home),
            "--lifeline",
            stdin=PIPE,
            stdout=DEVNULL,
            stderr=output,
            start_new_session=True,  # Ctrl-C comes to us alone: we stop them in order
        )
    started = Child(name, process, path)
    try:
        yield started
    finally:
        await started.stop()
