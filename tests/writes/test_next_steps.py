"""Whoever is refused learns the next move, and nobody is sent where there is nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from stockroom.core import errors
from stockroom.entrypoints.answers import error_object
from stockroom.tools.write.set_price import TOOL
from stockroom.writes.doors import GATE_TOOLS
from stockroom.writes.shown import next_step
from stockroom.writes.states import State

SOURCE = Path(__file__).parents[2] / "src" / "stockroom"
ROOMS = ("writes", "tools", "spec", "tenancy", "core")
"""Where the errors that an agent sees are made; Amazon's are made of ``Fault``, which requires it."""
OURS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.StockroomError)
}


def _mute(tree: ast.AST) -> Iterator[int]:
    """Lines that make an error of ours without a next step."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id in OURS and "next_step" not in {key.arg for key in node.keywords}:
            yield node.lineno


@pytest.mark.parametrize("room", ROOMS)
def test_every_error_names_a_next_step(room: str) -> None:
    files = sorted((SOURCE / room).rglob("*.py"))
    found = {path.name: list(_mute(ast.parse(path.read_text("utf-8")))) for path in files}
    assert found
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_the_search_for_mute_errors_finds_one() -> None:
    assert list(_mute(ast.parse("raise StaleError('No.', field='id')"))) == [1]


@pytest.mark.requirement("listing-text-is-data")
def test_amazons_words_reach_the_agent_clean_and_in_a_field_of_their_own() -> None:
    words = ["too\n\u202elow", *("x" * 900 for _ in range(9))]
    told = error_object(errors.AmazonRefusedError("No.", amazon_says=words, next_step="Stop."))

    assert (told["summary"], told["next_step"]) == ("No.", "Stop.")
    assert told["amazon_says"][0] == "too low"
    assert [len(one) for one in told["amazon_says"][1:]] == [300] * 4


def test_an_error_without_words_of_amazon_has_no_such_field() -> None:
    assert "amazon_says" not in error_object(errors.StaleError("No.", next_step="Wait."))


@pytest.mark.parametrize("state", State)
def test_every_state_says_what_to_do_next(state: State) -> None:
    assert next_step(state)


def test_who_has_proposed_is_sent_to_a_person_and_nobody_else_is() -> None:
    sent = {state for state in State if "approve_url" in next_step(state)}
    assert sent == {State.PROPOSED}
    texts = [tool.description for tool in GATE_TOOLS]
    assert not [text for text in (*texts, TOOL.description) if "approve_url" in text]
