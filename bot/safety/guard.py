"""The last look at a reply before it leaves: every word in it stands in a loaded release."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.answers.localise import localise, shown_line
from bot.answers.models import Answer, CrisisCard, Helplines, Interaction, Phrase
from bot.answers.release import Release
from bot.reply import CardPart, ChoicesPart, HelplinesPart, Level, Rating, RatingLevel, Reply
from bot.safety.last_resort import LAST_RESORT, LAST_RESORT_ID

__all__ = ["Guard"]

MOST_PARTS = 3


class Guard:
    """Knows what a release can say, sentence by sentence and country by country."""

    def __init__(self, release: Release) -> None:
        """Gather the sentences, labels and helplines of a release."""
        self._tables = tuple(release.of(Helplines))
        self._rows = frozenset(shown_line(row) for table in self._tables for row in table.lines)
        self._titles = {revision.id: getattr(revision.document, "title", "") for revision in release.revisions.values()}
        self._entries = {entry.id: entry for entry in release.of(Interaction)}
        self._said = {
            (revision.id, revision.short): frozenset(self._localised(_sentences(release, revision.id)))
            for revision in release.revisions.values()
        }
        self._labels = frozenset(self._localised(_labels(release)))
        self._answers = frozenset(
            revision.id
            for revision in release.revisions.values()
            if isinstance(revision.document, (Answer, Interaction))
        )

    def violations(self, reply: Reply) -> list[str]:
        """Return what is wrong with a reply; an empty list lets it pass."""
        return list(self._violations(reply))

    def _violations(self, reply: Reply) -> Iterator[str]:
        cards = [part for part in reply.parts if isinstance(part, CardPart)]
        if not any(card.sentences for card in cards):
            yield "empty"
        if sum(not isinstance(part, HelplinesPart) for part in reply.parts) > MOST_PARTS:
            yield "too_many_parts"
        for part in reply.parts:
            if isinstance(part, CardPart):
                yield from self._card(part)
            elif isinstance(part, HelplinesPart):
                yield from (f"helpline:{line.id}" for line in part.lines if line not in self._rows)
            elif isinstance(part, ChoicesPart):
                spoken = (part.prompt, *(choice.label for choice in part.choices))
                yield from ("unreviewed_choice" for text in spoken if text not in self._labels)
        if reply.level in {Level.CRISIS, Level.EMERGENCY}:
            yield from (f"answer_in_crisis:{card.id}" for card in cards if card.id in self._answers)

    def _card(self, card: CardPart) -> Iterator[str]:
        own = frozenset({LAST_RESORT}) if card.id == LAST_RESORT_ID else frozenset()
        known = self._said.get((card.id, card.revision), own)
        if not all(sentence.text in known for sentence in card.sentences):
            yield f"unreviewed:{card.id}"
        elif card.title != self._titles.get(card.id, card.title):
            yield f"unreviewed_title:{card.id}"
        entry = self._entries.get(card.id)
        if entry is not None and (card.rating is None or is_softer(card.rating, entry)):
            yield f"softened_rating:{card.id}"

    def _localised(self, texts: Sequence[str]) -> Iterator[str]:
        for text in texts:
            yield text
            if "{" in text:
                yield from (localise(text, table) for table in self._tables)


def is_softer(rating: Rating, entry: Interaction) -> bool:
    """Tell whether a rating says less than its entry does; a product may raise it, nothing may lower it."""
    order = list(RatingLevel)
    return order.index(rating.level) > order.index(entry.level) or rating.evidence is not entry.evidence


def _sentences(release: Release, document_id: str) -> list[str]:
    document = release.revisions[document_id].document
    tables = release.tables
    if isinstance(document, Answer):
        return [*(t.text for t in document.sentences), tables.referrals[document.next_step].sentence.text]
    if isinstance(document, Interaction):
        raised = release.get("phrase.raised-by-product", Phrase)
        return [
            *(t.text for t in document.why),
            *(scale.sentence.text for scale in tables.scale.values()),
            *(t.text for t in (raised.sentences if raised else ())),
            *(t.text for key in document.signs for t in tables.signs[key].sentences),
            *(t.text for key in document.actions for t in tables.actions[key].sentences),
        ]
    if isinstance(document, CrisisCard):
        return [t.text for t in document.spoken()]
    if isinstance(document, Phrase):
        return [t.text for t in document.sentences]
    return []


def _labels(release: Release) -> list[str]:
    labels: list[str] = []
    for revision in release.revisions.values():
        document = revision.document
        if isinstance(document, (Answer, Interaction)):
            labels.append(document.title)
        elif isinstance(document, Helplines):
            labels.append(document.name)
        elif isinstance(document, Phrase):
            labels.append(" ".join(text.text for text in document.sentences))
        elif isinstance(document, CrisisCard) and document.question:
            labels += [document.question.prompt, *(link.label for link in document.question.choices)]
    return labels
