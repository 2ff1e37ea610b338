"""Builds Replies out of a release. Pure: the same release, context and understanding give the same reply.

Nothing here writes a sentence. It picks revisions, puts their sentences in the order that the contract asks for, fills
in the numbers of the person's country, and stops at the contract's limits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from bot.answers.localise import localise, shown_line, table_for
from bot.answers.models import Answer, CrisisCard, HelplineCategory, Interaction, Phrase, Text
from bot.answers.release import Release, due
from bot.answers.wording import AMOUNT, word_count
from bot.reply import (
    Behaviour,
    CardPart,
    Category,
    Choice,
    ChoicesPart,
    Form,
    HelplinesPart,
    Level,
    Part,
    Rating,
    RatingLevel,
    Reply,
    Review,
    Sentence,
    SentenceKind,
    Source,
    Topic,
    Understood,
)
from bot.settings import DoseFigures
from bot.turn import Context, Draft, Found, Meaning, Understanding

__all__ = [
    "answer",
    "clarify",
    "country",
    "crisis",
    "decline",
    "interactions",
    "notice",
    "pair",
    "raised",
    "refer",
    "smalltalk",
    "unknown",
]

# The contract's limits: words of sentences before somebody asks for more, parts besides helplines, choices, lines.
MOST_WORDS = 120
MOST_PARTS = 3
MOST_CHOICES = 3
MOST_LINES = 3
# The level that a mix with a stronger product gets when leaf was rated lower (evidence rule R-e).
_SLOWS_BREATHING = frozenset({"sedative", "opioid"})
_WORST_FIRST = (
    RatingLevel.DANGEROUS,
    RatingLevel.SERIOUS,
    RatingLevel.CAUTION,
    RatingLevel.UNKNOWN,
    RatingLevel.RESCUE,
)
_STRONGER = frozenset({Form.EXTRACT, Form.SEVEN_OH})
_NO_AMOUNTS = frozenset({Category.MINOR, Category.PREGNANCY})


def answer(release: Release, context: Context, understood: Understanding, ids: Sequence[str]) -> Draft:
    """Return the reply that shows one or more answers, the first one whole."""
    parts, meanings = _Parts(release, context), {}
    first = release.get(ids[0], Answer)
    for document_id in ids:
        parts.add(document_id, form=understood.form)
    if first is not None:
        parts.add_lines(release.tables.referrals[first.next_step].helplines)
        near = [target for target in first.more if target not in ids and target not in context.last]
        meanings = parts.add_choices("phrase.more-prompt", _titled(release, near))
    behaviour = Behaviour.DECLINE if first and first.behaviour is Behaviour.DECLINE else Behaviour.ANSWER
    return parts.draft(behaviour, understood, first.topic if first else None, meanings)


def decline(release: Release, context: Context, understood: Understanding, document_id: str) -> Draft:
    """Return a refusal: its reason, then what is known and useful without what was asked for, then a next step."""
    refusal = release.get(document_id, Answer)
    return answer(release, context, understood, (document_id, *(refusal.then[:1] if refusal else ())))


def interactions(release: Release, context: Context, understood: Understanding) -> Draft:
    """Return the reply about kratom with what was named: every pair, the worst first."""
    unclear = [found for found in understood.substances if found.ambiguous]
    clear = [found for found in understood.substances if not found.ambiguous]
    if unclear and not clear:
        return _which(release, context, understood, unclear[0])
    entries = _worst_of_each(release, clear, understood.form)
    if not understood.kratom and len(clear) > 1:
        return _without_kratom(release, context, understood, entries)
    parts = _Parts(release, context)
    # With a line of support ahead and more than two mixes, one card and the choice of the others is all that fits.
    whole = 1 if context.level is Level.CONCERN and len(entries) > 2 else 2
    for entry in entries[:whole]:
        parts.add(entry.id, form=understood.form)
    further = [*entries[whole:], *(e for e in _entries(release, understood.substances) if e not in entries)]
    meanings = parts.add_choices("phrase.more-prompt", [(Meaning("answer", e.id), e.title) for e in further])
    return parts.draft(Behaviour.ANSWER, understood, Topic.INTERACTION, meanings)


def raised(
    release: Release,
    context: Context,
    understood: Understanding,
    build: Callable[[Release, Context, Understanding], Draft],
) -> Draft:
    """Return what ``build`` makes, at the level that the learned check raised the turn to; a crisis gets its card."""
    danger = understood.danger
    if danger is None or danger.level.rank <= context.level.rank:
        return build(release, context, understood)
    context = msgspec.structs.replace(context, level=danger.level, category=danger.category)
    if danger.level.rank >= Level.CRISIS.rank:
        return crisis(release, context)
    return build(release, context, understood)


def pair(release: Release, context: Context, understood: Understanding, entry_id: str) -> Draft:
    """Return the card of one interaction entry, as somebody chose it."""
    parts = _Parts(release, context)
    parts.add(entry_id, form=understood.form)
    return parts.draft(Behaviour.ANSWER, understood, Topic.INTERACTION, {})


def clarify(release: Release, context: Context, understood: Understanding, ids: Sequence[str]) -> Draft:
    """Return one question with the answers that may be meant."""
    parts = _Parts(release, context)
    parts.add("phrase.clarify")
    meanings = parts.add_choices("phrase.near-prompt", _titled(release, ids))
    return parts.draft(Behaviour.CLARIFY, understood, None, meanings)


def unknown(release: Release, context: Context, understood: Understanding, near: Sequence[str]) -> Draft:
    """Say plainly that there is no reviewed answer, and offer near topics and a person to ask."""
    parts = _Parts(release, context)
    parts.add("phrase.unknown")
    parts.add_lines((HelplineCategory.DRUG,))
    meanings = parts.add_choices("phrase.near-prompt", _titled(release, near))
    return parts.draft(Behaviour.UNKNOWN, understood, None, meanings)


def refer(release: Release, context: Context, understood: Understanding, ids: Sequence[str]) -> Draft:
    """Return an answer about finding help together with the lines of the country, or ask for the country."""
    parts = _Parts(release, context)
    for document_id in ids:
        parts.add(document_id)
    parts.add_lines((HelplineCategory.DRUG, HelplineCategory.CRISIS, HelplineCategory.EMERGENCY), always=True)
    meanings = {} if context.country else parts.add_countries()
    return parts.draft(Behaviour.REFER, understood, Topic.GET_HELP, meanings)


def notice(release: Release, context: Context, phrase: str, behaviour: Behaviour) -> Draft:
    """Return one of the bot's own phrases, such as a greeting or an apology."""
    parts = _Parts(release, context)
    parts.add(phrase)
    if behaviour in {Behaviour.ERROR, Behaviour.CRISIS}:
        parts.add_lines((HelplineCategory.EMERGENCY, HelplineCategory.CRISIS), always=True)
    meanings: dict[str, Meaning] = {}
    return parts.draft(behaviour, _NOTHING, Topic.ABOUT_THE_BOT if behaviour is Behaviour.SMALLTALK else None, meanings)


def smalltalk(release: Release, context: Context, understood: Understanding) -> Draft:
    """Return the polite phrase for an intent; "again" and "more" go back to the answer that was shown last."""
    last = next((release.get(i, Answer) for i in context.last if release.get(i, Answer)), None)
    if last is not None and understood.intent == "repeat":
        return answer(release, context, understood, (last.id,))
    further = [i for i in last.more if i not in context.last] if last is not None else []
    if further and understood.intent == "more":
        return answer(release, context, understood, (further[0],))
    return notice(release, context, f"phrase.{understood.intent}", Behaviour.SMALLTALK)


def country(release: Release, context: Context) -> Draft:
    """Return the lines of the country that somebody has just chosen."""
    parts = _Parts(release, context)
    parts.add("phrase.country-set")
    parts.add_lines((HelplineCategory.EMERGENCY, HelplineCategory.DRUG, HelplineCategory.CRISIS), always=True)
    return parts.draft(Behaviour.REFER, _NOTHING, Topic.GET_HELP, {})


def crisis(release: Release, context: Context, card_id: str | None = None) -> Draft:
    """Return the fixed card of the context's category and level.

    The order is the contract's: the call, "I am a chatbot", the card, the lines, one question. Of a second category
    that was recognised, its first line stands below.

    Args:
        release: the loaded release, or the crisis cards alone.
        context: with level and category.
        card_id: a card to show instead, when somebody chose it.
    """
    card = release.get(card_id, CrisisCard) if card_id else None
    card = card or crisis_card(release, context.category, context.level)
    parts = _Parts(release, context, support=False)
    if card is None:
        parts.add("phrase.error")
        parts.add_lines((HelplineCategory.EMERGENCY, HelplineCategory.CRISIS), always=True)
        return parts.draft(Behaviour.CRISIS, _NOTHING, None, {})
    parts.add(card.id)
    for other in context.also[:1]:
        second = crisis_card(release, other, context.level)
        if (
            second
            and second.level.rank >= Level.CRISIS.rank
            and second.opening[0].text not in {text.text for text in card.opening}
        ):
            parts.add(second.id, first_line_only=True)
    parts.add_lines(card.helplines, always=True)
    meanings: dict[str, Meaning] = {}
    if not context.country and len(context.countries) > 1:
        meanings = parts.add_countries()
    elif card.question:
        links = [(_meaning(link.to), link.label) for link in card.question.choices]
        meanings = parts.add_choices(card.question.prompt, links)
    return parts.draft(Behaviour.CRISIS, _NOTHING, None, meanings)


def crisis_card(release: Release, category: Category | None, level: Level) -> CrisisCard | None:
    """Return the card for a category at a level; where that level has none, the next one up, then the next one down."""
    cards = {card.level: card for card in release.of(CrisisCard) if card.category is category}
    rising = sorted(cards, key=lambda other: (other.rank < level.rank, abs(other.rank - level.rank)))
    return cards[rising[0]] if rising else None


class _Sentences(NamedTuple):
    title: str
    texts: tuple[Text, ...]
    rating: Rating | None = None


class _Parts:
    """Collects the parts of one reply within the contract's limits."""

    def __init__(self, release: Release, context: Context, *, support: bool = True) -> None:
        self._release = release
        self._context = context
        self._table = table_for(release, context.country)
        self._parts: list[Part] = []
        self._lines: HelplinesPart | None = None
        self._words = 0
        self._said: set[str] = set()
        self._has_answer = False
        if support and context.level is Level.CONCERN:
            self._add_support()

    def add(self, document_id: str, *, form: Form | None = None, first_line_only: bool = False) -> None:
        """Add a card; a document that is missing, withdrawn or past due becomes its reviewed stand-in."""
        shown = self._current(document_id)
        found = self._sentences(shown, form)
        if found is None:
            return
        texts = found.texts[:1] if first_line_only else found.texts
        document = self._release.revisions[shown].document
        # The first answer's next step is never dropped for length: room is kept for it.
        closing = texts[-1] if isinstance(document, Answer) and not self._has_answer else None
        kept = word_count(localise(closing.text, self._table)) if closing else 0
        self._has_answer = self._has_answer or closing is not None
        in_crisis = isinstance(document, CrisisCard)
        sentences: list[Sentence] = []
        for text in texts:
            said = localise(text.text, self._table)
            full = self._words + word_count(said) + kept > MOST_WORDS and not in_crisis
            # A warning is never dropped for length; the rest waits behind "read more".
            if said in self._said or (full and text.kind is not SentenceKind.WARNING and text is not closing):
                continue
            self._said.add(said)
            self._words += word_count(said)
            sentences.append(Sentence(said, text.receipts, text.kind))
        if sentences:
            self._parts.append(self._card(shown, found, sentences))

    def add_lines(self, kinds: Iterable[HelplineCategory], *, always: bool = False) -> None:
        """Add the helplines of the country, at most three; open ones before the others within a kind."""
        if not (self._context.country or always) or self._is_past_due(self._table.id):
            return
        rows = [
            row
            for kind in kinds
            for row in sorted(self._table.lines, key=lambda row: not row.always_open)
            if row.category is kind
        ]
        # One of each kind first, then second ones.
        firsts = [row for index, row in enumerate(rows) if row.category not in {r.category for r in rows[:index]}]
        chosen = (firsts + [row for row in rows if row not in firsts])[:MOST_LINES]
        if chosen:
            self._lines = HelplinesPart(self._table.country, tuple(shown_line(row) for row in chosen))

    def add_choices(self, prompt: str, offered: Sequence[tuple[Meaning, str]]) -> dict[str, Meaning]:
        """Add buttons and return what they stand for. ``prompt`` is a phrase's id or a card's own question."""
        chosen = offered[: MOST_CHOICES if prompt != "phrase.country-question" else len(offered)]
        phrase = self._release.get(prompt, Phrase)
        said = " ".join(text.text for text in phrase.sentences) if phrase else prompt
        if not chosen or said.startswith("phrase."):
            return {}
        meanings = {_choice_id(self._context.turn, meaning): meaning for meaning, _ in chosen}
        choices = tuple(Choice(_choice_id(self._context.turn, meaning), label) for meaning, label in chosen)
        self._parts.append(ChoicesPart(said, choices))
        return meanings

    def add_countries(self) -> dict[str, Meaning]:
        """Ask which country the person is in, among those that are offered."""
        known = self._release.countries
        offered = [(Meaning("country", code), known[code].name) for code in self._context.countries if code in known]
        return self.add_choices("phrase.country-question", offered)

    def draft(
        self, behaviour: Behaviour, understood: Understanding, topic: Topic | None, meanings: dict[str, Meaning]
    ) -> Draft:
        """Return the reply with its parts in order: cards, helplines, choices."""
        cards = [part for part in self._parts if not isinstance(part, ChoicesPart)]
        choices = [part for part in self._parts if isinstance(part, ChoicesPart)]
        lines = [self._lines] if self._lines else []
        if len(cards) >= MOST_PARTS:
            choices, meanings = [], {}
        names = (("kratom",) if understood.kratom else ()) + tuple(found.name for found in understood.substances)
        return Draft(
            Reply(
                turn=self._context.turn,
                level=self._context.level,
                behaviour=behaviour,
                category=self._context.category,
                topic=topic,
                understood=Understood(names, understood.form),
                parts=(*cards, *lines, *choices),
            ),
            meanings,
        )

    def _add_support(self) -> None:
        card = crisis_card(self._release, self._context.category, Level.CONCERN)
        if card is not None and card.level is Level.CONCERN:
            self.add(card.id)
        else:
            self.add("phrase.if-happening-now")

    def _current(self, document_id: str) -> str:
        revision = self._release.revisions.get(document_id)
        if revision is None:
            return "phrase.not-found"
        if revision.hash in self._release.withdrawn:
            return "phrase.recalled-stub"
        # A fixed crisis card is shown even past its date: an old call line is better than none.
        if self._is_past_due(document_id) and not isinstance(revision.document, (CrisisCard, Phrase)):
            return "phrase.due-stub"
        return document_id

    def _is_past_due(self, document_id: str) -> bool:
        revision = self._release.revisions.get(document_id)
        return revision is None or due(revision.document) <= self._context.today

    def _sentences(self, document_id: str, form: Form | None) -> _Sentences | None:
        document = self._release.revisions[document_id].document if document_id in self._release.revisions else None
        if isinstance(document, Answer):
            hidden = (
                self._context.dose_figures is DoseFigures.HIDE
                or _NO_AMOUNTS.intersection((self._context.category, *self._context.also))
                or form in _STRONGER
            )
            told = [t for t in document.sentences if not (hidden and t.kind is SentenceKind.DOSE_FIGURE)]
            # A referral is the reply's last word: with a second card, that card's own referral is enough.
            closing = self._release.tables.referrals[document.next_step].sentence
            return _Sentences(document.title, (*told, closing))
        if isinstance(document, Interaction):
            return _interaction(self._release, document, form)
        if isinstance(document, CrisisCard):
            return _Sentences(document.title, document.spoken())
        if isinstance(document, Phrase):
            return _Sentences(document.title, document.sentences)
        return None

    def _card(self, document_id: str, found: _Sentences, sentences: Sequence[Sentence]) -> CardPart:
        revision = self._release.revisions[document_id]
        checked = revision.document.checked
        receipts = dict.fromkeys(receipt for sentence in sentences for receipt in sentence.receipts)
        known = self._release.tables.sources
        figures = {receipt for s in sentences if s.kind is SentenceKind.DOSE_FIGURE for receipt in s.receipts}

        def quote(receipt: str) -> str:
            # A quote with an amount in it is shown only beside a sentence that may tell that amount.
            said = known[receipt].quote
            return said if receipt in figures or not AMOUNT.search(said) else ""

        return CardPart(
            id=document_id,
            revision=revision.short,
            title=found.title,
            sentences=tuple(sentences),
            rating=found.rating,
            sources=tuple(
                Source(r, known[r].title, known[r].publisher, known[r].date, known[r].url, quote(r))
                for r in receipts
                if r in known
            ),
            review=Review(
                revision.status,
                (),
                checked.on.isoformat() if checked else "",
                due(revision.document).isoformat() if checked else "",
            ),
        )


_NOTHING = Understanding(route="", intent="", confidence=0.0)


def _interaction(release: Release, entry: Interaction, form: Form | None) -> _Sentences:
    level = _level(entry, form)
    tables = release.tables
    raised = release.get("phrase.raised-by-product", Phrase) if level is not entry.level else None
    return _Sentences(
        entry.title,
        (
            tables.scale[level.value].sentence,
            *(raised.sentences if raised else ()),
            *entry.why,
            *(text for key in entry.signs for text in tables.signs[key].sentences),
            *(text for key in entry.actions for text in tables.actions[key].sentences),
        ),
        Rating(level, entry.evidence),
    )


def _level(entry: Interaction, form: Form | None) -> RatingLevel:
    """Return the level of an entry for a product: with anything stronger than leaf, what slows breathing is dangerous."""
    if form in _STRONGER and entry.substance_class in _SLOWS_BREATHING and entry.level is not RatingLevel.RESCUE:
        return RatingLevel.DANGEROUS
    return entry.level


def _entries(release: Release, substances: Iterable[Found]) -> list[Interaction]:
    ids = dict.fromkeys(entry for found in substances for entry in found.entries)
    return [entry for entry_id in ids if (entry := release.get(entry_id, Interaction)) is not None]


def _worst_of_each(release: Release, substances: Iterable[Found], form: Form | None) -> list[Interaction]:
    """Return for each substance the worst entry that it belongs to, the worst of all first."""

    def severity(entry: Interaction) -> int:
        return _WORST_FIRST.index(_level(entry, form))

    worst = [min(entries, key=severity) for found in substances if (entries := _entries(release, [found]))]
    return sorted({entry.id: entry for entry in worst}.values(), key=severity)


def _which(release: Release, context: Context, understood: Understanding, unclear: Found) -> Draft:
    """Ask which of the drugs an ambiguous name means."""
    parts = _Parts(release, context)
    parts.add("phrase.which-substance")
    offered = [
        (Meaning("answer", entry.id), entry.title)
        for entry_id in unclear.entries
        if (entry := release.get(entry_id, Interaction)) is not None
    ]
    meanings = parts.add_choices("phrase.near-prompt", offered)
    return parts.draft(Behaviour.CLARIFY, understood, Topic.INTERACTION, meanings)


def _without_kratom(
    release: Release, context: Context, understood: Understanding, entries: Sequence[Interaction]
) -> Draft:
    """Answer about a pair without kratom: the card on sedatives when both slow breathing, else that it is not covered."""
    parts = _Parts(release, context)
    sedatives = all(entry.substance_class in _SLOWS_BREATHING for entry in entries)
    parts.add("kratom.interaction.mixing-sedatives" if sedatives else "phrase.no-pair")
    offered = [(Meaning("answer", entry.id), entry.title) for entry in entries]
    meanings = parts.add_choices("phrase.more-prompt", offered)
    behaviour = Behaviour.ANSWER if sedatives else Behaviour.UNKNOWN
    return parts.draft(behaviour, understood, Topic.INTERACTION, meanings)


def _titled(release: Release, ids: Iterable[str]) -> list[tuple[Meaning, str]]:
    return [
        (Meaning("answer", document_id), document.title)
        for document_id in dict.fromkeys(ids)
        if (document := release.get(document_id, Answer) or release.get(document_id, Interaction)) is not None
    ]


def _meaning(link: str) -> Meaning:
    kind, _, value = link.partition(":")
    return Meaning(kind, value)


def _choice_id(turn: str, meaning: Meaning) -> str:
    """Name a choice so that it says nothing by itself and holds for one turn alone."""
    return "c_" + hashlib.sha256(f"{turn}|{meaning.kind}|{meaning.value}".encode()).hexdigest()[:16]
