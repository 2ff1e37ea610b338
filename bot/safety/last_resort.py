"""The one sentence that stands in code: what is said when nothing else can be loaded.

The widget holds the same words in ``bot/widget/strings.en.json``; ``tests/safety/test_last_resort.py`` compares them.
"""

from __future__ import annotations

import hashlib

from bot.reply import Behaviour, CardPart, Level, Reply, Review, Sentence, SentenceKind, Status, new_turn

__all__ = ["LAST_RESORT", "LAST_RESORT_ID", "last_resort"]

LAST_RESORT_ID = "last_resort"
LAST_RESORT = (
    "If someone may be dying, call your local emergency number now (911 in the US and Canada, 999 in the UK, "
    "112 or 999 in Ireland, 000 in Australia). Lantern is not working at the moment. "
    "I am a chatbot and I cannot call for you."
)


def last_resort(level: Level = Level.NONE) -> Reply:
    """Return the reply of last resort, at the level that the gate found."""
    digest = hashlib.sha256(LAST_RESORT.encode()).hexdigest()[:12]
    card = CardPart(
        id=LAST_RESORT_ID,
        revision=f"sha256:{digest}",
        title="",
        sentences=(Sentence(LAST_RESORT, (), SentenceKind.WARNING),),
        sources=(),
        review=Review(Status.DRAFT, (), "", ""),
    )
    crisis = level in {Level.CRISIS, Level.EMERGENCY}
    return Reply(turn=new_turn(), level=level, behaviour=Behaviour.CRISIS if crisis else Behaviour.ERROR, parts=(card,))
