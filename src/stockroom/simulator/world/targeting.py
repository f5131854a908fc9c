"""What a Sponsored Products campaign bids on: words, or what Amazon finds by itself.

Drawn from a stream of its own per campaign; nothing else depends on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from stockroom.simulator.world.campaigns import Campaign, numbered

_MATCHES: Final = ("EXACT", "PHRASE", "BROAD")
_AUTOMATIC: Final = (
    *("QUERY_HIGH_REL_MATCHES", "QUERY_BROAD_REL_MATCHES"),
    *("ASIN_SUBSTITUTE_RELATED", "ASIN_ACCESSORY_RELATED"),
)
_WORDS: Final = ("storage jar", "kitchen scale", "bath mat", "desk lamp", "picnic blanket")
_OWN_BID: Final = 0.7
"""Of the keywords and targets, those with a bid of their own; others take the ad group's."""


@dataclass(frozen=True, slots=True)
class Aim:
    """One keyword or one automatic target."""

    id: str
    campaign: Campaign
    expression: str
    """The keyword's text, or the kind of the target."""
    match: str
    """Empty for a target."""
    bid: int | None
    """A click's, at most, in cents; None: the ad group's."""


def is_manual(campaign: Campaign) -> bool:
    """Whether the seller chose the keywords: in every other campaign."""
    return int(campaign.name.rpartition(" ")[2]) % 2 == 1


def aims(campaign: Campaign) -> tuple[Aim, ...]:
    """The keywords of a manual campaign, the targets of an automatic one."""
    rng = Random(f"{campaign.id}|aims")
    named = (
        [(word, match) for word in rng.sample(_WORDS, 2) for match in _MATCHES[: rng.randint(1, 3)]]
        if is_manual(campaign)
        else [(kind, "") for kind in _AUTOMATIC]
    )
    return tuple(
        Aim(
            id=numbered(f"{campaign.id}|{expression}|{match}", 15),
            campaign=campaign,
            expression=expression,
            match=match,
            bid=round(campaign.bid * rng.uniform(0.6, 1.4)) if rng.random() < _OWN_BID else None,
        )
        for expression, match in named
    )
