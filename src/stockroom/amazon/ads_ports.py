"""What the house needs of Amazon to change the advertising of Sponsored Products."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from stockroom.core.marketplaces import Marketplace

if TYPE_CHECKING:  # the whole port is made of this one
    from stockroom.amazon.ports import AmazonAnswer


@dataclass(frozen=True, slots=True)
class EntityKind:
    """How Amazon speaks of one kind of entity.

    Args:
        path: Where it is updated; ``/list`` below it lists.
        rows: Of the list in bodies.
        id: Of the field that identifies one.
        media_type: What bodies are declared as, asked and answered.
    """

    path: str
    rows: str
    id: str
    media_type: str


class AdsEntity(Enum):
    """What can be read and updated, one by one."""

    CAMPAIGN = EntityKind(
        "/sp/campaigns", "campaigns", "campaignId", "application/vnd.spCampaign.v3+json"
    )
    AD_GROUP = EntityKind(
        "/sp/adGroups", "adGroups", "adGroupId", "application/vnd.spAdGroup.v3+json"
    )
    KEYWORD = EntityKind(
        "/sp/keywords", "keywords", "keywordId", "application/vnd.spKeyword.v3+json"
    )
    TARGET = EntityKind(
        "/sp/targets", "targetingClauses", "targetId", "application/vnd.spTargetingClause.v3+json"
    )


@dataclass(frozen=True, slots=True)
class EntityOutcome:
    """What Amazon answered to the update of one entity.

    Args:
        accepted: It was taken; else it was refused.
        problems: Why it was refused: Amazon's words.
        answer: The whole answer.
    """

    accepted: bool
    problems: tuple[str, ...]
    answer: AmazonAnswer


class AdsControl(Protocol):
    """Entities of Sponsored Products, version 3. A write is sent once, never retried."""

    async def entity(
        self, marketplace: Marketplace, kind: AdsEntity, entity_id: str
    ) -> Mapping[str, Any] | None:
        """One entity as it stands, archived or not; None when the profile has none by that id."""
        ...

    async def update_entity(
        self, marketplace: Marketplace, kind: AdsEntity, fields: Mapping[str, Any]
    ) -> EntityOutcome:
        """Change the fields of the entity that they name; others stay as they are."""
        ...
