"""What is on: kept in the home, drawn from by a stream of luck per mood and place."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from random import Random

from stockroom.core.errors import InvalidInputError
from stockroom.simulator.moods.mood import Occasion
from stockroom.simulator.moods.setting import Setting, read_settings

FILE = "mood.json"


class MoodBoard:
    """The moods of one home.

    Args:
        home: The installation's home; the file is ``simulator/mood.json``.
        seed: The world's.
        accounts: The world's sellers.

    Raises:
        InvalidInputError: The file holds something else than moods.
    """

    def __init__(self, home: Path, seed: int, accounts: Collection[str]) -> None:
        self._path = home / "simulator" / FILE
        self._seed = seed
        self._accounts = accounts
        self._times: Counter[tuple[str, ...]] = Counter()
        self._settings = self._read()

    @property
    def settings(self) -> tuple[Setting, ...]:
        """What is on."""
        return self._settings

    def switch(self, texts: Iterable[str]) -> None:
        """Have these moods and no others, from the next request on and after a restart too.

        Every stream of luck begins anew, so that what follows can be repeated.

        Raises:
            InvalidInputError: A text is no mood of this world; nothing is changed.
        """
        settings = read_settings(texts, self._accounts)
        self._write(settings)
        self._settings = settings
        self._times.clear()

    def at(self, occasion: Occasion) -> Iterator[Setting]:
        """What is on for an occasion: each mood once, by the narrowest setting that meant it."""
        seen = set()
        for one in self._settings:
            if one.mood.name not in seen and one.applies(occasion):
                seen.add(one.mood.name)
                yield one

    def next_luck(self, setting: Setting, *place: str) -> Random:
        """The luck of the next time something happens at a place, in the order it happens."""
        key = (str(setting), *place)
        self._times[key] += 1
        return self.luck(setting.mood.name, *place, str(self._times[key]))

    def luck(self, mood: str, *place: str) -> Random:
        """The luck that belongs to a place once and for all."""
        return Random(" ".join((str(self._seed), mood, *place)))

    def _read(self) -> tuple[Setting, ...]:
        try:
            texts = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return ()
        except ValueError:
            texts = None
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise InvalidInputError(
                f"{self._path} holds no list of moods.",
                field="mood",
                next_step="Delete it.",
            )
        return read_settings(texts, self._accounts)

    def _write(self, settings: Iterable[Setting]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".draft")
        draft.write_text(json.dumps([str(one) for one in settings]), encoding="utf-8")
        draft.replace(self._path)
