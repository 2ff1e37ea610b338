"""Replies over all of the bundled content keep the contract; over synthetic content each rule is seen alone."""

from __future__ import annotations

import ast
import dataclasses
import datetime
import itertools
import re
from collections.abc import Iterator

import pytest

from bot.answers import compose
from bot.answers.localise import localise, table_for
from bot.answers.models import Answer, CrisisCard, HelplineCategory, Helplines, Interaction, Phrase, Risk
from bot.answers.release import Release, build, due
from bot.answers.repository import Content
from bot.answers.wording import AMOUNT, word_count
from bot.language.decide import SMALLTALK
from bot.language.detect import _PHRASES as LANGUAGES
from bot.reply import (
    Behaviour,
    CardPart,
    Category,
    ChoicesPart,
    Form,
    HelplinesPart,
    Level,
    RatingLevel,
    Reply,
    SentenceKind,
    Topic,
)
from bot.safety.guard import Guard
from bot.safety.rules import Rules
from bot.settings import ROOT, DoseFigures
from bot.turn import Context, Danger, Draft, Found, Meaning, Ranked, Understanding
from tests.answers.documents import (
    answer,
    changed,
    checked,
    content,
    crisis_card,
    helplines,
    interaction,
    phrase,
    released,
    row,
    said,
    source,
)

TODAY = datetime.date(2026, 11, 22)
COUNTRIES = ("US", "CA", "GB", "IE", "AU")
EVERYWHERE = ("", *COUNTRIES)
URGENT = (Level.CRISIS, Level.EMERGENCY)
NOTHING = Understanding("answer", "x", 1.0)


@pytest.fixture(scope="module")
def guard(release: Release) -> Guard:
    return Guard(release)


def context(**fields: object) -> Context:
    return changed(Context(turn="t_1", today=TODAY, countries=COUNTRIES), **fields)  # type: ignore[no-any-return]


def cards(reply: Reply) -> list[CardPart]:
    return [part for part in reply.parts if isinstance(part, CardPart)]


def ids(reply: Reply) -> list[str]:
    return [card.id for card in cards(reply)]


def spoken(reply: Reply) -> list[str]:
    return [sentence.text for card in cards(reply) for sentence in card.sentences]


def labels(reply: Reply) -> list[str]:
    return [choice.label for part in reply.parts if isinstance(part, ChoicesPart) for choice in part.choices]


def lines(reply: Reply) -> list[str]:
    return [line.id for part in reply.parts if isinstance(part, HelplinesPart) for line in part.lines]


def words(reply: Reply) -> int:
    """Return how many words there are besides crisis cards and warnings."""
    return sum(
        word_count(sentence.text)
        for card in cards(reply)
        if not card.id.startswith("crisis.")
        for sentence in card.sentences
        if sentence.kind is not SentenceKind.WARNING
    )


def figures(reply: Reply) -> int:
    return sum(sentence.kind is SentenceKind.DOSE_FIGURE for card in cards(reply) for sentence in card.sentences)


def shown(release: Release, document: Answer, where: Context) -> Draft:
    if document.behaviour is Behaviour.DECLINE:
        return compose.decline(release, where, NOTHING, document.id)
    return compose.answer(release, where, NOTHING, [document.id])


def substance(entry: Interaction) -> Found:
    return Found(next(iter(entry.substances), entry.said), (entry.id,))


def mixed(*entries: Interaction, form: Form | None = None, kratom: bool = True) -> Understanding:
    return Understanding("interactions", "interaction", 1.0, (), tuple(substance(e) for e in entries), form, kratom)


def told(release: Release, where: Context, *names: Found) -> Reply:
    return compose.interactions(release, where, Understanding("interactions", "x", 1.0, (), names, None, True)).reply


# ---- the bundled content, all of it


@pytest.mark.parametrize("country", EVERYWHERE)
def test_every_answer_becomes_a_reply_that_keeps_the_contract(release: Release, guard: Guard, country: str) -> None:
    for document in release.of(Answer):
        reply = shown(release, document, context(country=country)).reply
        assert guard.violations(reply) == [], document.id
        assert sum(not isinstance(part, HelplinesPart) for part in reply.parts) <= 3, document.id
        assert words(reply) <= 120, document.id
        assert reply.behaviour is document.behaviour, document.id
        assert document.id == ids(reply)[0]


@pytest.mark.parametrize("country", EVERYWHERE)
def test_every_answer_ends_with_a_next_step(release: Release, country: str) -> None:
    table = table_for(release, country)
    for document in release.of(Answer):
        reply = shown(release, document, context(country=country)).reply
        shown_ids = [i for i in ids(reply) if i in release.revisions and release.get(i, Answer)]
        steps = [release.tables.referrals[release.get(i, Answer).next_step] for i in shown_ids]  # type: ignore[union-attr]
        assert any(localise(step.sentence.text, table) in spoken(reply) for step in steps), document.id


@pytest.mark.parametrize("country", ["", "GB"])
@pytest.mark.parametrize("category", Category)
def test_every_answer_at_concern_passes_the_guard_behind_a_line_of_support(
    release: Release, guard: Guard, category: Category, country: str
) -> None:
    for document in release.of(Answer):
        where = context(country=country, level=Level.CONCERN, category=category)
        reply = shown(release, document, where).reply
        assert guard.violations(reply) == [], document.id
        assert ids(reply)[0] in {f"crisis.{category.value}.concern", "phrase.if-happening-now"}
        assert document.id in ids(reply)


def test_every_answer_at_concern_ends_with_a_next_step(release: Release) -> None:
    missing = [
        (category.value, document.id)
        for category in Category
        for document in release.of(Answer)
        if not any(
            release.tables.referrals[release.get(i, Answer).next_step].sentence.text  # type: ignore[union-attr]
            in spoken(shown(release, document, context(level=Level.CONCERN, category=category)).reply)
            for i in (document.id, *document.then[:1])
        )
        and "{" not in release.tables.referrals[document.next_step].sentence.text
    ]
    assert missing == []


def test_every_refusal_says_its_reason_first_and_then_something_useful(release: Release) -> None:
    refusals = [document for document in release.of(Answer) if document.behaviour is Behaviour.DECLINE]
    assert refusals
    for document in refusals:
        reply = compose.decline(release, context(), NOTHING, document.id).reply
        assert reply.behaviour is Behaviour.DECLINE
        assert ids(reply) == [document.id, *document.then[:1]]
        assert spoken(reply)[0] == localise(document.sentences[0].text, table_for(release, ""))
        assert figures(reply) == 0, document.id


@pytest.mark.parametrize("form", [None, *Form])
@pytest.mark.parametrize("country", ["", "GB"])
def test_every_interaction_keeps_the_contract(release: Release, guard: Guard, country: str, form: Form | None) -> None:
    for entry in release.of(Interaction):
        reply = compose.interactions(release, context(country=country), mixed(entry, form=form)).reply
        assert guard.violations(reply) == [], entry.id
        assert (ids(reply), reply.topic) == ([entry.id], Topic.INTERACTION)
        rating = cards(reply)[0].rating
        assert rating is not None
        scale = release.tables.scale[rating.level.value].sentence.text
        assert spoken(reply)[0] == localise(scale, table_for(release, country)), entry.id


def test_no_product_ever_lowers_a_level(release: Release) -> None:
    order = [RatingLevel.DANGEROUS, RatingLevel.SERIOUS, RatingLevel.CAUTION, RatingLevel.UNKNOWN]
    for entry in release.of(Interaction):
        if entry.level is RatingLevel.RESCUE:
            continue
        for form in Form:
            rating = cards(compose.pair(release, context(), mixed(entry, form=form), entry.id).reply)[0].rating
            assert rating is not None
            assert order.index(rating.level) <= order.index(entry.level), entry.id
            assert rating.evidence is entry.evidence


def test_the_worst_of_two_substances_stands_first(release: Release, guard: Guard) -> None:
    order = [RatingLevel.DANGEROUS, RatingLevel.SERIOUS, RatingLevel.CAUTION, RatingLevel.UNKNOWN, RatingLevel.RESCUE]
    some = list(release.of(Interaction))[::7]
    for one, other in itertools.combinations(some, 2):
        reply = compose.interactions(release, context(), mixed(one, other)).reply
        assert guard.violations(reply) == [], (one.id, other.id)
        ratings = [order.index(card.rating.level) for card in cards(reply) if card.rating]
        assert len(ratings) == 2
        assert ratings == sorted(ratings), (one.id, other.id)


def test_three_substances_show_the_two_worst_and_offer_the_third(release: Release, guard: Guard) -> None:
    some = list(release.of(Interaction))[::11]
    for trio in itertools.combinations(some, 3):
        reply = compose.interactions(release, context(), mixed(*trio)).reply
        assert guard.violations(reply) == [], [entry.id for entry in trio]
        titles = {entry.title for entry in trio}
        assert {card.title for card in cards(reply)} | set(labels(reply)) == titles


def test_three_substances_at_concern_pass_the_guard(release: Release, guard: Guard) -> None:
    where = context(level=Level.CONCERN, category=Category.DANGEROUS_MIX)
    refused = [
        [entry.id for entry in trio]
        for trio in itertools.combinations(list(release.of(Interaction))[::11], 3)
        if guard.violations(compose.interactions(release, where, mixed(*trio)).reply)
    ]
    assert refused == []


def test_a_pair_without_kratom_is_answered_and_passes_the_guard(release: Release, guard: Guard) -> None:
    some = list(release.of(Interaction))[::9]
    for one, other in itertools.combinations(some, 2):
        reply = compose.interactions(release, context(), mixed(one, other, kratom=False)).reply
        assert guard.violations(reply) == [], (one.id, other.id)
        assert labels(reply)


def cases(rules: Rules) -> Iterator[tuple[Category, Level]]:
    yield from sorted({(rule.category, rule.level) for rule in rules.rules if rule.level in URGENT})


@pytest.mark.parametrize("country", EVERYWHERE)
def test_every_crisis_that_a_rule_finds_has_the_card_of_its_level(
    release: Release, guard: Guard, rules: Rules, country: str
) -> None:
    for category, level in cases(rules):
        reply = compose.crisis(release, context(country=country, level=level, category=category)).reply
        assert guard.violations(reply) == [], (category, level)
        assert ids(reply) == [f"crisis.{category.value}.{level.value}"]
        assert (reply.level, reply.category, reply.behaviour) == (level, category, Behaviour.CRISIS)
        assert figures(reply) == 0


def test_every_category_but_minor_has_a_card_for_emergency_or_crisis(release: Release) -> None:
    urgent = {card.category for card in release.of(CrisisCard) if card.level in URGENT}
    # Being young is no emergency by itself; what a young person tells may be, and has its own category.
    assert set(Category) - urgent == {Category.MINOR}
    assert {card.category for card in release.of(CrisisCard)} == set(Category)


@pytest.mark.parametrize("country", EVERYWHERE)
def test_an_emergency_begins_with_the_call_and_the_number_of_the_country(release: Release, country: str) -> None:
    number = table_for(release, country).emergency
    for card in release.of(CrisisCard):
        if card.level is Level.EMERGENCY:
            reply = compose.crisis(release, context(country=country, level=card.level, category=card.category)).reply
            assert number in spoken(reply)[0], card.id
            assert "chatbot" in " ".join(spoken(reply)[:2]), card.id


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_crisis_shows_lines_of_the_country_and_of_no_other(release: Release, rules: Rules, country: str) -> None:
    own = {one.id for one in table_for(release, country).lines}
    for category, level in cases(rules):
        found = lines(compose.crisis(release, context(country=country, level=level, category=category)).reply)
        assert 1 <= len(found) <= 3, (category, level)
        assert set(found) <= own


def test_nothing_urgent_is_ever_said_together_with_an_answer(release: Release, rules: Rules) -> None:
    answers = {document.id for document in (*release.of(Answer), *release.of(Interaction))}
    for category, level in cases(rules):
        for also in Category:
            reply = compose.crisis(release, context(level=level, category=category, also=(also,))).reply
            assert answers.isdisjoint(ids(reply))


def test_two_dangers_at_once_pass_the_guard(release: Release, guard: Guard, rules: Rules) -> None:
    for category, level in cases(rules):
        for also in Category:
            where = context(country="US", level=level, category=category, also=(also,))
            reply = compose.crisis(release, where).reply
            assert guard.violations(reply) == [], (category, level, also)
            assert all(len(card.sentences) == 1 for card in cards(reply)[1:])


def test_every_button_of_a_crisis_card_leads_somewhere(release: Release) -> None:
    for card in release.of(CrisisCard):
        for link in card.question.choices if card.question else ():
            kind, _, target = link.to.partition(":")
            found = {
                "card": lambda: release.get(target, CrisisCard),  # noqa: B023
                "phrase": lambda: release.get(target, Phrase),  # noqa: B023
                "country": lambda: release.countries.get(target),  # noqa: B023
                "answer": lambda: release.get(target, Answer),  # noqa: B023
            }[kind]()
            assert found is not None, (card.id, link.to)


def test_every_link_between_answers_leads_to_an_answer(release: Release) -> None:
    for document in release.of(Answer):
        for target in (*document.more, *document.then):
            assert release.get(target, Answer) or release.get(target, Interaction), (document.id, target)


def named_in_code(pattern: str) -> set[str]:
    """Return the ids of content that stand as constants in the code."""
    places = [*(ROOT / "bot").rglob("*.py"), *(ROOT / "actions").rglob("*.py")]
    return {
        node.value
        for path in places
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(pattern, node.value)
    }


def test_every_phrase_that_the_code_names_exists(release: Release) -> None:
    named = named_in_code(r"phrase\.[a-z0-9.-]*[a-z0-9]") | {
        f"phrase.not-english.{code}" for code in LANGUAGES.values()
    }
    assert {"phrase.error", "phrase.emergency", "phrase.greeting"} <= named
    assert {name for name in named if release.get(name, Phrase) is None} == set()


def test_every_answer_that_the_code_names_exists(release: Release) -> None:
    named = named_in_code(r"(?:kratom|decline)\.[a-z_]+[a-z.-]*|crisis\.[a-z_]+\.[a-z]+|helplines\.[a-z]+|KI-\d+")
    assert "helplines.unknown" in named
    assert named - set(release.revisions) == set()


@pytest.mark.parametrize("intent", sorted(SMALLTALK))
def test_every_polite_word_has_its_phrase(release: Release, guard: Guard, intent: str) -> None:
    reply = compose.smalltalk(release, context(), Understanding("smalltalk", intent, 1.0)).reply
    assert (ids(reply), reply.behaviour) == ([f"phrase.{intent}"], Behaviour.SMALLTALK)
    assert guard.violations(reply) == []


NUMBER = re.compile(r"\+?\(?\d[\d\s().\-–]*\d")


def digits(text: str) -> set[str]:
    """Return each number of a text digit by digit, with and without what one dials before it."""
    found = {"".join(re.findall(r"\d", number)) for number in NUMBER.findall(text)}
    return found | {number.lstrip("0") for number in found} | {number[1:] for number in found if len(number) == 11}


def test_no_denied_number_stands_anywhere(content: Content) -> None:
    denied = {number for text in content.denied_numbers for number in digits(text) if len(number) > 4}
    assert len(denied) > 20
    texts = {
        where: text for name, located in content.documents.items() for where, text in every_text(located.document, name)
    } | {
        where: text
        for name in ("scale", "signs", "actions", "referrals")
        for key, value in getattr(content, name).items()
        for where, text in every_text(value, f"{name}.{key}")
    }
    assert any("741741" in digits(text) for text in texts.values())
    assert {where: text for where, text in texts.items() if digits(text) & denied} == {}


def test_no_helpline_is_a_short_number_that_is_denied(content: Content) -> None:
    denied = {"".join(re.findall(r"\d", number)) for number in content.denied_numbers}
    for table in content.of(Helplines):
        for one in table.lines:
            assert denied.isdisjoint({"".join(re.findall(r"\d", one.phone)), "".join(re.findall(r"\d", one.text))}), (
                one.id
            )


def every_text(value: object, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield f"{where}.{key}", str(key)
            yield from every_text(one, f"{where}.{key}.value")
    elif isinstance(value, (tuple, list)):
        for number, one in enumerate(value):
            yield from every_text(one, f"{where}[{number}]")
    elif hasattr(value, "__struct_fields__"):
        for field in value.__struct_fields__:
            if field not in {"source_url"}:
                yield from every_text(getattr(value, field), f"{where}.{field}")


def test_no_reply_holds_a_token_that_was_not_filled_in(release: Release) -> None:
    for country in EVERYWHERE:
        for document in release.of(Answer):
            assert not [
                text for text in spoken(shown(release, document, context(country=country)).reply) if "{" in text
            ]


# ---- amounts


FIGURES = answer(
    "figures",
    said("In one survey, people said 5 g.", SentenceKind.DOSE_FIGURE, "S-1"),
    said("This is not a recommendation.", SentenceKind.WARNING, "S-1"),
    risk=Risk.HIGH,
    forms=(Form.LEAF,),
)


def test_a_reported_amount_is_told() -> None:
    assert figures(compose.answer(released(FIGURES), context(), NOTHING, [FIGURES.id]).reply) == 1


@pytest.mark.parametrize(
    "where",
    [
        context(dose_figures=DoseFigures.HIDE),
        context(level=Level.CONCERN, category=Category.MINOR),
        context(level=Level.CONCERN, category=Category.PREGNANCY),
    ],
    ids=["the site hides them", "a minor", "a pregnancy"],
)
def test_a_reported_amount_is_not_told(where: Context) -> None:
    reply = compose.answer(released(FIGURES), where, NOTHING, [FIGURES.id]).reply
    assert figures(reply) == 0
    assert "This is not a recommendation." in spoken(reply)


@pytest.mark.parametrize(("form", "count"), [(Form.LEAF, 1), (Form.EXTRACT, 0), (Form.SEVEN_OH, 0)])
def test_an_amount_of_leaf_is_not_told_for_anything_stronger(form: Form, count: int) -> None:
    understood = Understanding("answer", "dosing", 1.0, form=form)
    assert figures(compose.answer(released(FIGURES), context(), understood, [FIGURES.id]).reply) == count


@pytest.mark.parametrize("also", [Category.MINOR, Category.PREGNANCY])
def test_a_reported_amount_is_not_told_when_youth_or_pregnancy_is_the_second_danger(also: Category) -> None:
    where = context(level=Level.CONCERN, category=Category.DANGEROUS_MIX, also=(also,))
    assert figures(compose.answer(released(FIGURES), where, NOTHING, [FIGURES.id]).reply) == 0


# ---- length


def test_what_is_too_long_waits_and_a_warning_does_not() -> None:
    full = "word " * 114 + "end."
    document = answer(
        "long",
        said(full, SentenceKind.FACT, "S-1"),
        said("One word too many.", SentenceKind.FACT, "S-1"),
        said("A warning all the same.", SentenceKind.WARNING, "S-1"),
    )
    shown_texts = spoken(compose.answer(released(document), context(), NOTHING, [document.id]).reply)
    assert shown_texts == [full, "A warning all the same.", "Next step: ask a pharmacist."]


def test_a_short_sentence_still_fits_after_a_long_one_that_did_not() -> None:
    document = answer("long", said("word " * 100 + "end."), said("word " * 50 + "stop."), said("It fits."))
    shown_texts = spoken(compose.answer(released(document), context(), NOTHING, [document.id]).reply)
    assert shown_texts == ["word " * 100 + "end.", "It fits.", "Next step: ask a pharmacist."]


def test_a_sentence_is_said_once_in_a_reply() -> None:
    release = released(answer("a", said("Same.")), answer("b", said("Same."), said("Other.")))
    reply = compose.answer(release, context(), NOTHING, ["kratom.side_effects.a", "kratom.side_effects.b"]).reply
    assert spoken(reply) == ["Same.", "Next step: ask a pharmacist.", "Other."]


def test_a_crisis_card_is_never_shortened() -> None:
    card = crisis_card(lines=tuple(said(f"{'word ' * 20}{number}.") for number in range(8)))
    where = context(level=Level.EMERGENCY, category=card.category)
    assert len(spoken(compose.crisis(released(card), where).reply)) == 10


def test_a_source_is_listed_once_and_only_for_what_is_shown() -> None:
    document = answer("a", said("One.", SentenceKind.FACT, "S-1"), said("Two.", SentenceKind.FACT, "S-1", "S-1"))
    reply = compose.answer(released(document), context(), NOTHING, [document.id]).reply
    assert [source.id for source in cards(reply)[0].sources] == ["S-1"]


# ---- what is past its time


@pytest.mark.parametrize(("days", "expected"), [(179, FIGURES.id), (180, "phrase.due-stub")])
def test_an_answer_past_its_date_is_replaced(days: int, expected: str) -> None:
    release = released(FIGURES, phrase("due-stub"))
    where = context(today=checked().on + datetime.timedelta(days=days))
    assert ids(compose.answer(release, where, NOTHING, [FIGURES.id]).reply) == [expected]


def test_a_crisis_card_past_its_date_is_shown_all_the_same() -> None:
    card = crisis_card()
    where = context(today=datetime.date(2036, 1, 1), level=Level.EMERGENCY, category=card.category)
    assert ids(compose.crisis(released(card), where).reply) == [card.id]


@pytest.mark.parametrize(("days", "count"), [(89, 1), (90, 0)])
def test_helplines_past_their_date_are_not_shown(days: int, count: int) -> None:
    release = released(helplines("US", row("us.911", HelplineCategory.EMERGENCY)), phrase("country-set"))
    where = context(country="US", today=checked().on + datetime.timedelta(days=days))
    assert len(lines(compose.country(release, where).reply)) == count


def test_a_withdrawn_answer_is_replaced() -> None:
    release = released(FIGURES, phrase("recalled-stub"))
    withdrawn = Release(release.id, release.revisions, release.tables, frozenset({release.revisions[FIGURES.id].hash}))
    assert ids(compose.answer(withdrawn, context(), NOTHING, [FIGURES.id]).reply) == ["phrase.recalled-stub"]


def test_an_answer_that_is_gone_is_said_to_be_gone() -> None:
    release = released(phrase("not-found"))
    assert ids(compose.answer(release, context(), NOTHING, ["kratom.gone"]).reply) == ["phrase.not-found"]


def test_a_card_says_who_checked_it_when_and_until_when() -> None:
    review = cards(compose.answer(released(FIGURES), context(), NOTHING, [FIGURES.id]).reply)[0].review
    assert (review.status.value, review.reviewers, review.checked, review.due) == (
        "source_checked", (), "2026-11-21", "2027-05-20",
    )  # fmt: skip
    assert due(FIGURES).isoformat() == review.due


# ---- interactions


def test_a_sedative_with_something_stronger_than_leaf_is_dangerous() -> None:
    for kind, form, level in itertools.product(
        ("sedative", "opioid", "other"), (None, *Form), (RatingLevel.SERIOUS, RatingLevel.UNKNOWN)
    ):
        entry = interaction(substance_class=kind, level=level)
        rating = cards(compose.pair(released(entry), context(), mixed(form=form), entry.id).reply)[0].rating
        assert rating is not None
        raised = kind != "other" and form in {Form.EXTRACT, Form.SEVEN_OH}
        assert rating.level is (RatingLevel.DANGEROUS if raised else level), (kind, form, level)


def test_why_the_level_was_raised_is_said() -> None:
    entry = interaction(substance_class="sedative", level=RatingLevel.SERIOUS)
    release = released(entry, phrase("raised-by-product", "It is stronger than leaf."))
    of_leaf = spoken(compose.pair(release, context(), mixed(form=Form.LEAF), entry.id).reply)
    of_extract = spoken(compose.pair(release, context(), mixed(form=Form.EXTRACT), entry.id).reply)
    assert of_leaf == ["The level is serious.", "Nobody has looked at dozepam.", "Do not be alone."]
    assert of_extract == [
        "The level is dangerous.", "It is stronger than leaf.", "Nobody has looked at dozepam.", "Do not be alone.",
    ]  # fmt: skip


def test_naloxone_stays_a_rescue_whatever_the_product() -> None:
    entry = interaction("naloxone", substance_class="opioid", level=RatingLevel.RESCUE)
    rating = cards(compose.pair(released(entry), context(), mixed(form=Form.SEVEN_OH), entry.id).reply)[0].rating
    assert rating is not None
    assert rating.level is RatingLevel.RESCUE


def test_of_a_drug_in_two_entries_the_worse_one_is_shown_and_the_other_offered() -> None:
    mild = interaction("mild", level=RatingLevel.CAUTION)
    grave = interaction("grave", level=RatingLevel.DANGEROUS)
    release = released(mild, grave, phrase("more-prompt", "More?"))
    reply = told(release, context(), Found("methadone", ("KI-mild", "KI-grave")))
    assert (ids(reply), labels(reply)) == (["KI-grave"], ["Kratom with mild"])


def test_an_unclear_name_is_asked_about() -> None:
    one, other = interaction("one"), interaction("other")
    release = released(one, other, phrase("which-substance", "Which one?"), phrase("near-prompt", "Did you mean:"))
    reply = told(release, context(), Found("blues", (one.id, other.id), ambiguous=True))
    assert (reply.behaviour, ids(reply)) == (Behaviour.CLARIFY, ["phrase.which-substance"])
    assert labels(reply) == ["Kratom with one", "Kratom with other"]


@pytest.mark.parametrize(
    ("classes", "card", "behaviour"),
    [
        (("sedative", "opioid"), "kratom.interaction.mixing-sedatives", Behaviour.ANSWER),
        (("sedative", "sedative"), "kratom.interaction.mixing-sedatives", Behaviour.ANSWER),
        (("sedative", "stimulant"), "phrase.no-pair", Behaviour.UNKNOWN),
        (("other", "other"), "phrase.no-pair", Behaviour.UNKNOWN),
    ],
)
def test_a_pair_without_kratom(classes: tuple[str, str], card: str, behaviour: Behaviour) -> None:
    one, other = (interaction(f"drug{place}", substance_class=kind) for place, kind in enumerate(classes))
    both_slow = answer("mix", id="kratom.interaction.mixing-sedatives")
    release = released(one, other, both_slow, phrase("no-pair"), phrase("more-prompt", "More?"))
    reply = compose.interactions(release, context(), mixed(one, other, kratom=False)).reply
    assert (ids(reply), reply.behaviour) == ([card], behaviour)
    assert labels(reply) == ["Kratom with drug0", "Kratom with drug1"]


def test_two_drugs_of_one_entry_without_kratom_are_a_pair_without_kratom() -> None:
    entry = interaction("benzos", substance_class="sedative", substances={"alprazolam": (), "diazepam": ()})
    release = released(entry, answer("mix", id="kratom.interaction.mixing-sedatives"))
    both = (Found("alprazolam", (entry.id,)), Found("diazepam", (entry.id,)))
    reply = compose.interactions(release, context(), Understanding("interactions", "x", 1.0, (), both)).reply
    assert ids(reply) == ["kratom.interaction.mixing-sedatives"]


def test_an_unclear_name_does_not_hide_a_dangerous_mix() -> None:
    grave, one, other = interaction("grave", level=RatingLevel.DANGEROUS), interaction("one"), interaction("other")
    release = released(
        grave, one, other, phrase("which-substance", "Which one?"), phrase("near-prompt", "Did you mean:")
    )
    blues = Found("blues", (one.id, other.id), ambiguous=True)
    assert "KI-grave" in ids(told(release, context(), Found("xanax", ("KI-grave",)), blues))


def test_what_was_understood_is_shown() -> None:
    entry = interaction()
    reply = compose.interactions(released(entry), context(), mixed(entry, form=Form.EXTRACT)).reply
    assert (reply.understood.substances, reply.understood.form) == (("kratom", "dozepam"), Form.EXTRACT)


# ---- choices


NEAR = [answer(name) for name in "abcde"]


def near(*names: str) -> list[str]:
    return [f"kratom.side_effects.{name}" for name in names]


def test_at_most_three_choices_are_offered() -> None:
    release = released(*NEAR, phrase("unknown"), phrase("near-prompt", "Near:"))
    reply = compose.unknown(release, context(), NOTHING, near(*"abcde")).reply
    assert labels(reply) == ["About a", "About b", "About c"]


def test_every_country_is_offered_although_there_are_more_than_three() -> None:
    tables = [helplines(code) for code in COUNTRIES]
    release = released(answer(), phrase("country-question", "Where are you?"), *tables)
    draft = compose.refer(release, context(), NOTHING, near("one"))
    assert labels(draft.reply) == [f"The land of {code}" for code in COUNTRIES]
    assert set(draft.meanings.values()) == {Meaning("country", code) for code in COUNTRIES}


def test_a_country_that_is_known_is_not_asked_for() -> None:
    release = released(answer(), phrase("country-question", "Where are you?"), helplines("US"))
    assert labels(compose.refer(release, context(country="US"), NOTHING, near("one")).reply) == []


def test_a_choice_says_nothing_by_itself_and_holds_for_one_turn() -> None:
    release = released(*NEAR, phrase("unknown"), phrase("near-prompt", "Near:"))
    first, second = (compose.unknown(release, context(turn=turn), NOTHING, near("a", "b")) for turn in ("t_1", "t_2"))
    assert (
        set(first.meanings.values()) == set(second.meanings.values()) == {Meaning("answer", i) for i in near("a", "b")}
    )
    assert set(first.meanings).isdisjoint(second.meanings)
    assert all(re.fullmatch(r"c_[0-9a-f]{16}", choice) for choice in first.meanings)


def test_every_choice_that_is_shown_has_a_meaning(release: Release) -> None:
    for document in release.of(Answer):
        draft = shown(release, document, context())
        offered = [c.id for part in draft.reply.parts if isinstance(part, ChoicesPart) for c in part.choices]
        assert offered == list(draft.meanings), document.id


def test_what_was_just_shown_is_not_offered_again() -> None:
    one = answer("one", more=tuple(near("a", "b")))
    release = released(one, *NEAR, phrase("more-prompt", "More?"))
    assert labels(compose.answer(release, context(last=tuple(near("a"))), NOTHING, [one.id]).reply) == ["About b"]


def test_without_its_prompt_nothing_is_offered() -> None:
    draft = compose.unknown(released(*NEAR, phrase("unknown")), context(), NOTHING, near("a"))
    assert (labels(draft.reply), draft.meanings) == ([], {})


# ---- helplines


def test_one_line_of_each_kind_comes_before_a_second_of_any() -> None:
    kinds = [HelplineCategory.DRUG, HelplineCategory.DRUG, HelplineCategory.CRISIS, HelplineCategory.EMERGENCY]
    table = helplines("US", *(row(f"us.{place}", kind) for place, kind in enumerate(kinds)))
    release = released(answer(), table)
    assert lines(compose.refer(release, context(country="US"), NOTHING, near("one")).reply) == ["us.0", "us.2", "us.3"]


def test_an_open_line_comes_before_a_closed_one() -> None:
    table = helplines(
        "US", row("us.closed", HelplineCategory.DRUG), row("us.open", HelplineCategory.DRUG, always_open=True)
    )
    release = released(answer(), table)
    assert lines(compose.answer(release, context(country="US"), NOTHING, near("one")).reply) == ["us.open", "us.closed"]


def test_a_kind_that_does_not_belong_is_not_shown() -> None:
    release = released(answer(), helplines("US", row("us.vio", HelplineCategory.VIOLENCE)))
    assert lines(compose.answer(release, context(country="US"), NOTHING, near("one")).reply) == []


def test_without_a_country_an_answer_shows_no_lines(release: Release) -> None:
    for document in release.of(Answer):
        assert lines(shown(release, document, context()).reply) == [], document.id


# ---- crisis


@pytest.mark.parametrize(
    ("levels", "wanted", "found"),
    [
        ((Level.EMERGENCY, Level.CRISIS, Level.CONCERN), Level.CRISIS, Level.CRISIS),
        ((Level.EMERGENCY, Level.CONCERN), Level.CRISIS, Level.EMERGENCY),
        ((Level.CONCERN,), Level.EMERGENCY, Level.CONCERN),
        ((Level.CRISIS, Level.CONCERN), Level.EMERGENCY, Level.CRISIS),
        ((Level.EMERGENCY, Level.CRISIS), Level.CONCERN, Level.CRISIS),
    ],
)
def test_a_missing_card_is_replaced_by_the_next_one_up_then_down(
    levels: tuple[Level, ...], wanted: Level, found: Level
) -> None:
    release = released(*(crisis_card(level=level) for level in levels))
    card = compose.crisis_card(release, Category.OVERDOSE_NOW, wanted)
    assert card is not None
    assert card.level is found


def test_a_second_danger_gives_its_first_line() -> None:
    release = released(crisis_card(), crisis_card(Category.SEIZURE))
    where = context(level=Level.EMERGENCY, category=Category.OVERDOSE_NOW, also=(Category.SEIZURE,))
    assert spoken(compose.crisis(release, where).reply) == [
        "Call your local emergency number about overdose_now.",
        "I am a chatbot.",
        "Stay, it is overdose_now.",
        "Call your local emergency number about seizure.",
    ]


def test_without_a_card_the_apology_with_the_emergency_line_is_said() -> None:
    release = released(phrase("error", "Call {EMERGENCY}."), helplines("US", row("us.911", HelplineCategory.EMERGENCY)))
    reply = compose.crisis(release, context(country="US", level=Level.EMERGENCY, category=Category.SEIZURE)).reply
    assert (spoken(reply), lines(reply), reply.behaviour) == (["Call the US number."], ["us.911"], Behaviour.CRISIS)


def test_parts_come_in_the_order_cards_lines_choices(release: Release, rules: Rules) -> None:
    order = {CardPart: 0, HelplinesPart: 1, ChoicesPart: 2}
    for category, level in cases(rules):
        for country in ("", "GB"):
            reply = compose.crisis(release, context(country=country, level=level, category=category)).reply
            places = [order[type(part)] for part in reply.parts]
            assert places == sorted(places)


# ---- the rest


def test_more_goes_on_to_the_next_answer_and_repeat_goes_back() -> None:
    one = answer("one", more=tuple(near("a", "b")))
    release = released(one, *NEAR, phrase("more"), phrase("repeat"))
    where = context(last=(one.id, *near("a")))
    said_more = compose.smalltalk(release, where, Understanding("smalltalk", "more", 1.0)).reply
    said_again = compose.smalltalk(release, where, Understanding("smalltalk", "repeat", 1.0)).reply
    assert (ids(said_more), ids(said_again)) == (near("b"), [one.id])


def test_more_with_nothing_left_is_answered_politely() -> None:
    release = released(answer("one"), phrase("more"))
    reply = compose.smalltalk(release, context(last=tuple(near("one"))), Understanding("smalltalk", "more", 1.0)).reply
    assert ids(reply) == ["phrase.more"]


def test_an_unknown_question_is_said_to_be_unknown(release: Release, guard: Guard) -> None:
    reply = compose.unknown(release, context(country="US"), NOTHING, [])
    assert (ids(reply.reply), reply.reply.behaviour) == (["phrase.unknown"], Behaviour.UNKNOWN)
    assert lines(reply.reply)
    assert guard.violations(reply.reply) == []


def test_an_apology_carries_the_emergency_line(release: Release) -> None:
    reply = compose.notice(release, context(country="GB"), "phrase.error", Behaviour.ERROR).reply
    assert lines(reply)[0] == "gb.999"


def test_the_same_question_gives_the_same_reply_at_any_turn(release: Release) -> None:
    some = [document.id for document in release.of(Answer)][::10]
    understood = Understanding("answer", "x", 0.9, tuple(Ranked(i, 0.5) for i in some[:2]))
    for document_id in some:
        first = compose.answer(release, context(), understood, [document_id])
        again = compose.answer(release, context(misses=7), understood, [document_id])
        assert first == again


def test_the_lines_of_a_crisis_card_are_numbered_as_they_are_shown() -> None:
    card = crisis_card(lines=(said("Stay."), said("Watch.")))
    shown_lines = spoken(compose.crisis(released(card), context(level=Level.EMERGENCY, category=card.category)).reply)
    assert shown_lines[2:] == ["1. Stay.", "2. Watch."]
    assert [text.text for text in crisis_card(lines=(said("Stay."),)).spoken()][2:] == ["Stay."]


@pytest.mark.parametrize(
    ("where", "quotes"), [(context(), ["it was 5 g"]), (context(dose_figures=DoseFigures.HIDE), [""])]
)
def test_a_quote_with_an_amount_is_shown_only_beside_the_figure(where: Context, quotes: list[str]) -> None:
    found = content(changed(FIGURES, sentences=FIGURES.sentences[:2]))
    release = build(dataclasses.replace(found, sources={"S-1": source(quote="it was 5 g")}))
    reply = compose.answer(release, where, NOTHING, [FIGURES.id]).reply
    assert [one.quote for one in cards(reply)[0].sources] == quotes


def test_no_bundled_card_without_a_figure_quotes_an_amount(release: Release) -> None:
    for document in (*release.of(Answer), *release.of(Interaction)):
        for card in cards(compose.answer(release, context(), NOTHING, [document.id]).reply):
            told_of = {r for s in card.sentences if s.kind is SentenceKind.DOSE_FIGURE for r in s.receipts}
            shown_quotes = [one.quote for one in card.sources if one.id not in told_of]
            assert [quote for quote in shown_quotes if AMOUNT.search(quote)] == [], document.id


def build_answer(release: Release, where: Context, understood: Understanding) -> Draft:
    return compose.answer(release, where, understood, near("one"))


@pytest.mark.parametrize(
    ("gate", "learned", "level", "first"),
    [
        (Level.NONE, Level.EMERGENCY, Level.EMERGENCY, "crisis.seizure.emergency"),
        (Level.CONCERN, Level.EMERGENCY, Level.EMERGENCY, "crisis.seizure.emergency"),
        (Level.NONE, Level.CONCERN, Level.CONCERN, "phrase.if-happening-now"),
        (Level.CONCERN, Level.CONCERN, Level.CONCERN, "phrase.if-happening-now"),
        (Level.NONE, Level.NONE, Level.NONE, "kratom.side_effects.one"),
        (Level.CONCERN, Level.NONE, Level.CONCERN, "phrase.if-happening-now"),
    ],
)
def test_the_learned_check_raises_a_turn_and_never_lowers_it(
    gate: Level, learned: Level, level: Level, first: str
) -> None:
    release = released(answer(), crisis_card(Category.SEIZURE), phrase("if-happening-now"))
    danger = Danger(learned, Category.SEIZURE, 0.9) if learned is not Level.NONE else None
    reply = compose.raised(release, context(level=gate), changed(NOTHING, danger=danger), build_answer).reply
    assert (reply.level, ids(reply)[0]) == (level, first)


def test_a_first_answers_next_step_is_kept_however_long_the_answer_is() -> None:
    full = answer("full", *(said(f"{'word ' * 19}{number}.") for number in range(8)), then=())
    for level in (Level.NONE, Level.CONCERN):
        reply = compose.answer(
            released(full), context(level=level, category=Category.DRIVING), NOTHING, [full.id]
        ).reply
        assert spoken(reply)[-1] == "Next step: ask a pharmacist."
        assert words(reply) <= 120


def test_at_concern_the_worst_mix_is_shown_and_the_others_are_offered() -> None:
    trio = [
        interaction(name, level=level)
        for name, level in zip("abc", (RatingLevel.CAUTION, RatingLevel.DANGEROUS, RatingLevel.SERIOUS), strict=True)
    ]
    release = released(*trio, phrase("if-happening-now"), phrase("more-prompt", "More?"))
    reply = compose.interactions(release, context(level=Level.CONCERN), mixed(*trio)).reply
    assert ids(reply) == ["phrase.if-happening-now", "KI-b"]
    assert labels(reply) == ["Kratom with c", "Kratom with a"]


def test_with_support_and_two_mixes_there_is_no_room_for_choices() -> None:
    twice = [interaction(name, level=RatingLevel.DANGEROUS) for name in ("opioid", "heart")]
    other = interaction("other")
    release = released(*twice, other, phrase("if-happening-now"), phrase("more-prompt", "More?"))
    names = (Found("methadone", ("KI-heart", "KI-opioid")), Found("other", (other.id,)))
    understood = Understanding("interactions", "x", 1.0, (), names, None, True)
    draft = compose.interactions(release, context(level=Level.CONCERN), understood)
    assert ids(draft.reply) == ["phrase.if-happening-now", "KI-heart", "KI-other"]
    assert (labels(draft.reply), draft.meanings) == ([], {})
    assert Guard(release).violations(draft.reply) == []


def test_the_learned_check_does_not_rename_a_danger_that_the_gate_found() -> None:
    release = released(answer(), phrase("if-happening-now"))
    understood = changed(NOTHING, danger=Danger(Level.CONCERN, Category.SEIZURE, 0.9))
    where = context(level=Level.CONCERN, category=Category.MINOR)
    assert compose.raised(release, where, understood, build_answer).reply.category is Category.MINOR
    assert compose.raised(release, context(), understood, build_answer).reply.category is Category.SEIZURE
