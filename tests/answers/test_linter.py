"""The linter: one seeded fault at a time is named with its file, its line and its reason; harmless edits pass."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.answers import repository
from bot.answers.linter import TOKENS, WordList, lint
from bot.answers.models import Helplines
from bot.answers.repository import Content, Problem
from bot.errors import ContentError
from bot.settings import ROOT
from tests.answers.documents import CHECKED, FILES, write

STRENGTH = "answers/dosing/strength.yml"
REPORTED = "answers/dosing/reported.yml"
LEGAL = "answers/legal/here.yml"
WHO = "answers/about_the_bot/who.yml"
DECLINE = "declines/amount.yml"
MIX = "interactions/KI-1.yml"
OVERDOSE = "crisis/overdose_now.emergency.yml"
SUICIDE = "crisis/suicide.crisis.yml"
US = "helplines/US.yml"
PHRASE = "phrases/error.yml"
SOURCES = "sources/all.yml"
LABEL = "  - text: A label can be wrong, so no spoon is like the next.\n    receipts: [S-1]\n    kind: warning\n"
WRONG = "Something went wrong on my side."
NEXT = "next_step: pharmacist\n"


def words(count: int) -> str:
    """Return a sentence of so many short words."""
    return " ".join(["word"] * (count - 1)) + " end."


def lines(count: int) -> str:
    """Return the lines of a crisis card."""
    return "".join(f"  - {{text: 'Do thing {chr(97 + number)}.', kind: advice}}\n" for number in range(count))


@dataclass(frozen=True)
class Fault:
    """One edit that must not be published.

    Attributes:
        file: what is edited.
        old: what stands there.
        new: what is put in its place.
        at: what stands on the line that is named; empty when the whole file is meant, which is said of line 1.
        reason: the whole reason.
    """

    file: str
    old: str
    new: str
    at: str
    reason: str


FAULTS = {
    "a lost receipt": Fault(
        STRENGTH, "    receipts: [S-1]\n    kind: warning", "    kind: warning", "A label can", "a sentence without a receipt"
    ),
    "a receipt of an unknown source": Fault(
        STRENGTH, "[S-1]\n    kind: fact", "[S-9]\n    kind: fact", "In one test of", "receipt S-9 is not in sources/"
    ),
    "an unknown source beside a known one": Fault(
        STRENGTH, "[S-1]\n    kind: fact", "[S-1, S-8]\n    kind: fact", "In one test of", "receipt S-8 is not in sources/"
    ),
    "a number that the source does not have": Fault(
        STRENGTH, "16 times as", "17 times as", "In one test of",
        "the number 17 does not stand in the quote or the fact behind it",
    ),
    "a number in words that the source does not have": Fault(
        STRENGTH, "16 times as", "twelve times as", "In one test of",
        "the number 12 does not stand in the quote or the fact behind it",
    ),
    "a number whose source was taken away": Fault(
        STRENGTH, "[S-1]\n    kind: fact", "[S-4]\n    kind: fact", "In one test of",
        "the number 16 does not stand in the quote or the fact behind it",
    ),
    "a percentage that nobody measured": Fault(
        STRENGTH, "A label can be wrong", "A label is 40% wrong", "A label is 40%",
        "the number 40 does not stand in the quote or the fact behind it",
    ),
    "a sentence of twenty-one words": Fault(
        STRENGTH, "A label can be wrong, so no spoon is like the next.", words(21), "word word",
        "21 words in a sentence, at most 20",
    ),
    "a word of stigma": Fault(
        STRENGTH, "A label can be wrong", "An addict can be wrong", "An addict", "stigma: “addict” (person who uses)"
    ),
    "a word of stigma in capitals": Fault(
        PHRASE, WRONG, "ADDICTS went wrong.", "ADDICTS", "stigma: “addicts” (person who uses)"
    ),
    "a claim of safety": Fault(
        PHRASE, WRONG, "It is safe to ask again.", "safe to", "safety claim: “safe to” (never calls anything safe)"
    ),
    "a claim of safety in a crisis card": Fault(
        OVERDOSE, "Roll them on their side.", "It is safe to roll them.", "safe to",
        "safety claim: “safe to” (never calls anything safe)",
    ),
    "a claim of safety in an interaction": Fault(
        MIX, "Both can slow your breathing.", "A bit is safe for most.", "safe for",
        "safety claim: “safe for” (never calls anything safe)",
    ),
    "a claim of safety in a warning sign": Fault(
        "tables/signs.yml", "Hard to wake: call {EMERGENCY} now.", "It is safe to wait.", "",
        "W1: safety claim: “safe to” (never calls anything safe)",
    ),
    "a claim of safety in what to do": Fault(
        "tables/actions.yml", "Do not be alone.", "It is safe to sleep.", "",
        "A1: safety claim: “safe to” (never calls anything safe)",
    ),
    "a phone number in a sentence": Fault(
        PHRASE, WRONG, "Call 1-800-555-0199 instead.", "Call 1-800",
        "1-800-555-0199 looks like a phone number: numbers stand in helplines/ alone",
    ),
    "a phone number written with spaces": Fault(
        OVERDOSE, "Stay with them.", "Call 020 7946 0000 now.", "Call 020",
        "020 7946 0000 looks like a phone number: numbers stand in helplines/ alone",
    ),
    "a token that is not filled in": Fault(
        PHRASE, "{EMERGENCY}", "{AMBULANCE}", "{AMBULANCE}", "{AMBULANCE} is not a token that is filled in"
    ),
    "a token in lower case": Fault(
        PHRASE, "{EMERGENCY}", "{emergency}", "{emergency}", "{emergency} is not a token that is filled in"
    ),
    "a token that is not closed": Fault(
        PHRASE, "call {EMERGENCY}.", "call {EMERGENCY now", "call {", "{EMERGENCY now is not a token that is filled in"
    ),
    "a vendor as the only source": Fault(
        LEGAL, "receipts: [S-4]", "receipts: [S-3]", "Some states", "rests on a source of grade C, D or P alone"
    ),
    "one paper alone behind a sentence that somebody may rely on": Fault(
        STRENGTH, LABEL, LABEL.replace("S-1", "S-4"), "A label can",
        "a safety-critical sentence needs one A1 or A, or two of A2, B (or it says who reported it)",
    ),
    "a next step that is nobody": Fault(
        STRENGTH, NEXT, "next_step: oracle\n", "next_step: oracle", "next_step oracle is not in tables/referrals.yml"
    ),
    "an answer of more than a hundred words": Fault(
        STRENGTH, LABEL, LABEL.replace("A label can be wrong, so no spoon is like the next.", words(20)) * 5, "",
        "121 words with the next step, at most 100",
    ),
    "a refusal of more than forty-five words": Fault(
        DECLINE, "sentences:\n", "sentences:\n" + f"  - {{text: {words(20)}, kind: advice}}\n" * 2, "",
        "53 words with the next step, at most 45",
    ),
    "five questions": Fault(
        STRENGTH, "  - how strong is it six\n", "", "questions:", "5 questions, at least 6"
    ),
    "more that leads nowhere": Fault(
        STRENGTH, "more: [kratom.dosing.reported]", "more: [kratom.dosing.gone]", "more:",
        "points to kratom.dosing.gone, which is not an answer",
    ),
    "more that leads to a phrase": Fault(
        STRENGTH, "more: [kratom.dosing.reported]", "more: [phrase.error]", "more:",
        "points to phrase.error, which is not an answer",
    ),
    "a refusal that goes on to nowhere": Fault(
        DECLINE, "then: [kratom.dosing.strength]", "then: [kratom.dosing.gone]", "then:",
        "points to kratom.dosing.gone, which is not an answer",
    ),
    "a refusal without an intent": Fault(
        DECLINE, "intent: personal_amount\n", "", "behaviour: decline", "a decline names the intent that leads to it"
    ),
    "law without a date": Fault(
        LEGAL, "as_of: 2026-11-01\n", "", "topic: legal", "an answer about law has an as_of date"
    ),
    "a figure without a form": Fault(
        REPORTED, "forms: [leaf]\n", "", "", "a dose_figure is told for leaf alone: forms: [leaf]"
    ),
    "a figure for an extract": Fault(
        REPORTED, "forms: [leaf]", "forms: [extract]", "forms:", "a dose_figure is told for leaf alone: forms: [leaf]"
    ),
    "a figure for leaf and 7-OH": Fault(
        REPORTED, "forms: [leaf]", "forms: [leaf, 7oh]", "forms:", "a dose_figure is told for leaf alone: forms: [leaf]"
    ),
    "a figure in pregnancy": Fault(
        REPORTED, "topic: dosing", "topic: pregnancy", "In one survey", "no amounts under pregnancy"
    ),
    "a figure for young people": Fault(
        REPORTED, "topic: dosing", "topic: young_people", "In one survey", "no amounts under young_people"
    ),
    "a figure that is not called a report": Fault(
        REPORTED, "This was reported, and it is not recommended.", "This was in a survey.", "In one survey",
        "a dose_figure needs “reported, not recommended” beside it",
    ),
    "a figure without how much products differ": Fault(
        REPORTED, "    receipts: [S-1]\n    kind: warning", "    receipts: [S-1]\n    kind: fact", "In one survey",
        "a dose_figure needs a warning of how much products differ beside it",
    ),
    "an amount that is not marked as a figure": Fault(
        REPORTED, "    kind: dose_figure", "    kind: fact", "In one survey", "an amount with a unit is a dose_figure"
    ),
    "a shared question": Fault(
        LEGAL, "  - is it legal six\n", "  - how strong is it one\n", "",
        "shares the question “how strong is it one” with kratom.dosing.strength",
    ),
    "a shared question in other letters and signs": Fault(
        LEGAL, "  - is it legal six\n", "  - HOW strong, is it – one?\n", "",
        "shares the question “HOW strong, is it – one?” with kratom.dosing.strength",
    ),
    "an unknown sign": Fault(MIX, "signs: [W1]", "signs: [W99]", "signs:", "W99 is not in tables/signs.yml"),
    "an unknown action": Fault(MIX, "actions: [A1]", "actions: [A99]", "actions:", "A99 is not in tables/actions.yml"),
    "an interaction without anything to do": Fault(
        MIX, "actions: [A1]", "actions: []", "actions:", "an interaction says what to do"
    ),
    "an interaction of ninety-six words": Fault(
        MIX, "Both can slow your breathing.", words(6) + f"\n    kind: advice\n  - text: {words(20)}" * 4, "",
        "96 words with signs and actions, at most 95",
    ),
    "a fact about a mix without a receipt": Fault(
        "interactions/KI-2.yml", "    kind: advice", "    kind: fact", "Nobody has looked", "a sentence without a receipt"
    ),
    "evidence without a receipt": Fault(
        "interactions/KI-2.yml", "evidence: none_found", "evidence: case_reports", "why:",
        "no receipt although the badge says that evidence was found",
    ),
    "a mix that is called a rescue": Fault(
        MIX, "level: serious", "level: rescue", "level:", "only naloxone is a rescue"
    ),
    "a name that means two drugs": Fault(
        "interactions/KI-2.yml", "nosuchdrug: []", "nosuchdrug: [blues]", "",
        "blues is ambiguous in another entry: put it under ambiguous here too",
    ),
    "an emergency that does not begin with the call": Fault(
        OVERDOSE, "Call {EMERGENCY} now.", "Stay calm.", "opening:", "the first line of an emergency is the call"
    ),
    "an emergency whose call comes second": Fault(
        OVERDOSE, "opening:\n", "opening:\n  - {text: Stay calm., kind: warning}\n", "opening:",
        "the first line of an emergency is the call",
    ),
    "a crisis card with nobody to contact": Fault(
        SUICIDE, "Please contact {CRISIS} now.", "Please wait.", "opening:", "a crisis card opens with whom to contact"
    ),
    "a crisis card that does not say what speaks": Fault(
        SUICIDE, "I am a chatbot, and you deserve a person.", "You deserve a person.", "opening:",
        "a crisis card says “I am a chatbot” before its lines",
    ),
    "nine lines in a crisis card": Fault(
        SUICIDE, "lines:\n", "lines:\n" + lines(8), "lines:", "9 lines, at most 8"
    ),
    "an amount in a crisis card": Fault(
        OVERDOSE, "Watch their breathing.", "Under 5 g you can wait.", "Under 5 g", "no amount of any kind in a crisis card"
    ),
    "a line of twenty-six words in a crisis card": Fault(
        OVERDOSE, "Watch their breathing.", words(26), "word word", "26 words in a sentence, at most 25"
    ),
    "a denied number": Fault(
        US, "phone: '988'", "phone: 1-800-273-8255", "- id: us.988", "1-800-273-8255 is on the deny list"
    ),
    "a denied number written in another way": Fault(
        US, "phone: '988'", "phone: (0800) 6891 234", "- id: us.988", "(0800) 6891 234 is on the deny list"
    ),
    "a denied number to text": Fault(
        US, "phone: '988'", "text: 0800 689 1234", "- id: us.988", "0800 689 1234 is on the deny list"
    ),
    "a helpline that cannot be reached": Fault(
        US, "    phone: '988'\n", "", "- id: us.988", "us.988 has no way to reach it"
    ),
    "two helplines of one name": Fault(US, "- id: us.988", "- id: us.911", "lines:", "two lines share an id"),
    "a country without an emergency number": Fault(
        US, "emergency: '911'", "emergency: ''", "emergency:", "a country has an emergency number"
    ),
    "a source of twenty-six words": Fault(
        SOURCES, "quote: some states have banned it", f"quote: {words(26)}", "", "S-4: a quote has 1 to 25 words"
    ),
    "a source that quotes nothing": Fault(
        SOURCES, "quote: some states have banned it", "quote: ''", "", "S-4: a quote has 1 to 25 words"
    ),
    "a source without a link": Fault(
        SOURCES, "url: https://example.org/4", "url: example.org/4", "", "S-4 has no link"
    ),
}  # fmt: skip

HARMLESS = {
    "a comment": (STRENGTH, "risk: high", "risk: high  # because of the dose"),
    "another order of keys": (STRENGTH, "topic: dosing\nrisk: high\n", "risk: high\ntopic: dosing\n"),
    "a seventh question": (STRENGTH, "questions:\n", "questions:\n  - why is mine so weak\n"),
    "another title": (STRENGTH, "title: How strong a powder is", "title: Why powders differ"),
    "a number in digits that the quote has in words": (SOURCES, "16 times the alkaloid", "sixteen times the alkaloid"),
    "a number with a comma for thousands": (REPORTED, "In one survey, people", "In one survey, 1800 people"),
    "the word one, which is no figure": (STRENGTH, "A label can be wrong", "One label can be wrong"),
    "a name with a digit in it": (STRENGTH, "A label can be wrong", "A 7-OH label can be wrong"),
    "a sentence of twenty words": (STRENGTH, "A label can be wrong, so no spoon is like the next.", words(20)),
    "a second source": (STRENGTH, "receipts: [S-1]\n    kind: fact", "receipts: [S-1, S-2]\n    kind: fact"),
    "two papers instead of a regulator": (STRENGTH, LABEL, LABEL.replace("[S-1]", "[S-4, S-2]")),
    "one paper that the sentence names": (
        STRENGTH, LABEL, LABEL.replace("S-1", "S-4").replace("A label can", "A study says that a label can"),
    ),
    "a vendor beside a paper": (LEGAL, "receipts: [S-4]", "receipts: [S-4, S-3]"),
    "nothing more to read": (STRENGTH, "more: [kratom.dosing.reported]", "more: []"),
    "more that leads to an interaction": (STRENGTH, "more: [kratom.dosing.reported]", "more: [KI-1]"),
    "the emergency number as a token": (STRENGTH, "A label can be wrong", "Call {EMERGENCY}, as a label can be wrong"),
    "eight lines in a crisis card": (SUICIDE, "lines:\n", "lines:\n" + lines(7)),
    "a line of twenty-five words in a crisis card": (OVERDOSE, "Watch their breathing.", words(25)),
    "a quote of twenty-five words": (SOURCES, "quote: some states have banned it", f"quote: {words(25)}"),
    "a word that only contains a refused one": (PHRASE, WRONG, "It was not unsafe today."),
    "an amount in a refusal that says no to it": (
        DECLINE, "I do not say how much to take.", "I do not say 5 g or 6 g to anyone.",
    ),
    "a strength, which is no amount": (
        SOURCES, "fact: One vendor says it is strong.", "fact: One vendor says it holds 20 mg per pill.",
    ),
    "an ambiguous name that both entries call ambiguous": (
        "interactions/KI-2.yml", "signs: []", "ambiguous: [blues]\nsigns: []",
    ),
    "a claim of safety as the title of the answer that rejects it": (
        LEGAL, "topic: legal\nrisk: medium\ntitle: What the law says", "topic: claim\nrisk: medium\ntitle: Is there a safe dose",
    ),
    "a time in a crisis card": (OVERDOSE, "Watch their breathing.", "Watch them for 2 to 3 minutes."),
    "the same number twice in one country": (US, "name: Lifeline", "name: 988 Lifeline"),
    "a helpline that is only a page": (US, "    phone: '988'\n", "    webchat: https://example.org/chat\n"),
}  # fmt: skip


def problems_of(folder: Path) -> list[Problem]:
    return lint(repository.load(folder), WordList.load(folder / "tables" / "words.yml"))


def edited(directory: Path, file: str, old: str, new: str) -> Path:
    assert FILES[file].count(old) == 1, "the edit must change one place"
    return write(directory, **{file: FILES[file].replace(old, new)})


def test_content_without_a_fault_is_let_through(tmp_path: Path) -> None:
    assert problems_of(write(tmp_path)) == []


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_seeded_fault_is_named_with_file_line_and_reason(tmp_path: Path, fault: Fault) -> None:
    folder = edited(tmp_path, fault.file, fault.old, fault.new)
    found = problems_of(folder)
    assert [problem.reason for problem in found] == [fault.reason]
    assert fault.file.split("/")[0] in found[0].path
    if fault.at:
        text = (folder / fault.file).read_text("utf-8").splitlines()
        line = next(number for number, one in enumerate(text, start=1) if fault.at in one)
        assert str(found[0]) == f"data/content/{fault.file}:{line}: {fault.reason}"


@pytest.mark.parametrize("edit", HARMLESS.values(), ids=HARMLESS)
def test_a_harmless_edit_is_let_through(tmp_path: Path, edit: tuple[str, str, str]) -> None:
    assert problems_of(edited(tmp_path, *edit)) == []


def test_every_fault_is_named_not_only_the_first(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        **{
            STRENGTH: FILES[STRENGTH].replace("16 times as", "17 times as").replace("  - how strong is it six\n", ""),
            PHRASE: FILES[PHRASE].replace(WRONG, "An addict went wrong."),
        },
    )
    assert [problem.reason for problem in problems_of(folder)] == [
        "5 questions, at least 6",
        "the number 17 does not stand in the quote or the fact behind it",
        "stigma: “addict” (person who uses)",
    ]


def test_a_text_that_is_hard_to_read_is_refused(tmp_path: Path) -> None:
    hard = "Polypharmacological administration necessitates individualised gastroenterological reconsideration."
    found = problems_of(edited(tmp_path, LEGAL, "Some states have banned it.", hard))
    assert [re.sub(r"\d+\.\d", "N", str(problem), count=1) for problem in found] == [
        f"data/content/{LEGAL}:1: reading grade N, at most 8.0: shorter words, shorter sentences"
    ]


def test_content_that_says_nothing_for_an_unknown_country_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "helplines" / "unknown.yml").unlink()
    assert [problem.reason for problem in problems_of(folder)] == [
        "helplines.unknown is missing: what is said when no country is known"
    ]


def test_a_bare_fact_may_stand_in_an_answer_about_the_bot_alone(tmp_path: Path) -> None:
    folder = edited(tmp_path, WHO, "topic: about_the_bot", "topic: mechanism")
    assert [problem.reason for problem in problems_of(folder)] == ["a sentence without a receipt"]


@pytest.mark.parametrize(
    ("sentence", "group"),
    [
        ("Here addicts can get help.", "stigma"),
        ("A junkie asked.", "stigma"),
        ("He abused it.", "stigma"),
        ("She committed suicide.", "stigma"),
        ("The test came back and he is clean.", "stigma"),
        ("It is safe to take.", "safety claim"),
        ("There is a safe dose.", "safety claim"),
        ("It can be used safely.", "safety claim"),
        ("It is harmless.", "safety claim"),
        ("You'll be fine.", "safety claim"),
        ("You’ll be OK.", "safety claim"),
        ("There is no risk.", "safety claim"),
        ("It comes without any risk.", "safety claim"),
        ("Don’t worry about it.", "safety claim"),
        ("Start low and stay at 2 g.", "instruction"),
        ("You could take two capsules.", "instruction"),
    ],
)
def test_the_bundled_list_refuses_what_the_policy_forbids(sentence: str, group: str) -> None:
    bundled = WordList.load(ROOT / "data" / "content" / "tables" / "words.yml")
    assert {reason.partition(":")[0] for reason in bundled.refuse(sentence)} == {group}


@pytest.mark.parametrize(
    "sentence",
    [
        "This mix is not known to be without danger.",
        "People who use kratom every day can get withdrawal.",
        "Nobody has tested it for safety.",
        "Call the emergency number now.",
        "A pharmacist can check it for you.",
    ],
)
def test_the_bundled_list_lets_plain_words_through(sentence: str) -> None:
    bundled = WordList.load(ROOT / "data" / "content" / "tables" / "words.yml")
    assert list(bundled.refuse(sentence)) == []


@pytest.mark.parametrize("text", ["- a list", "group: just text", "group:\n  '(': nothing\n", "group: ["])
def test_a_broken_word_list_stops_the_lint(tmp_path: Path, text: str) -> None:
    (tmp_path / "words.yml").write_text(text)
    with pytest.raises(ContentError, match=r"words\.yml cannot be read"):
        WordList.load(tmp_path / "words.yml")


def test_a_missing_word_list_stops_the_lint(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"words\.yml cannot be read"):
        WordList.load(tmp_path / "words.yml")


def test_every_token_that_the_linter_knows_is_filled_in_for_every_country(content: Content) -> None:
    fields = {"{EMERGENCY}": "emergency", "{POISON}": "poison_say", "{CRISIS}": "crisis_say", "{DRUG}": "drug_say"}
    assert set(fields) == TOKENS
    for table in content.of(Helplines):
        assert all(getattr(table, field) for field in fields.values()), table.id


# Faults that stand outside the sentences of answers, or need more than one look.
HIDDEN = {
    "a claim of safety in a next step": (
        "tables/referrals.yml", "Next step: ask a pharmacist.", "It is safe to wait.",
    ),
    "a claim of safety in a level": ("tables/scale.yml", "Ask before you mix these.", "It is safe to mix these."),
    "a claim of safety in a title": (STRENGTH, "title: How strong a powder is", "title: This is a safe dose"),
    "a claim of safety on a button": (OVERDOSE, "prompt: Are they breathing?", "prompt: Is it safe to wait?"),
    "an amount in the opening of a crisis card": (OVERDOSE, "I am a chatbot and", "Under 5 g, I am a chatbot and"),
    "an amount in words in a crisis card": (OVERDOSE, "Watch their breathing.", "Under five grams you can wait."),
    "one country's number in the words of a crisis card": (OVERDOSE, "Stay with them.", "Stay and call 911."),
    "a denied number in how a country's line is said": (
        US, "poison_say: Poison Help", "poison_say: Poison Help (0800 689 1234)",
    ),
    "a denied number without its long-distance digit": (US, "phone: '988'", "phone: 800-273-8255"),
    "a denied number in a name": (US, "name: Lifeline", "name: Lifeline 1-800-273-8255"),
    "a button that leads to no card": (OVERDOSE, "card:crisis.overdose_now.emergency", "card:crisis.gone.emergency"),
    "a button that leads to no phrase": (OVERDOSE, "phrase:phrase.error", "phrase:phrase.gone"),
    "one paper counted twice": (STRENGTH, LABEL, LABEL.replace("[S-1]", "[S-4, S-4]")),
    "a vendor alone behind a mix": (
        MIX, "    receipts: [S-1]\n    kind: warning", "    receipts: [S-3]\n    kind: warning",
    ),
    "a warning sign without a receipt": ("tables/signs.yml", "receipts: [S-1], ", ""),
}  # fmt: skip


@pytest.mark.parametrize("edit", HIDDEN.values(), ids=HIDDEN)
def test_a_fault_in_another_place_is_refused(tmp_path: Path, edit: tuple[str, str, str]) -> None:
    assert problems_of(edited(tmp_path, *edit)) != []


def test_a_shared_question_is_named_with_its_line(tmp_path: Path) -> None:
    folder = edited(tmp_path, LEGAL, "  - is it legal six\n", "  - how strong is it one\n")
    assert [problem.line for problem in problems_of(folder)] == [11]


def test_a_broken_source_is_named_with_its_file(tmp_path: Path) -> None:
    folder = edited(tmp_path, SOURCES, "url: https://example.org/4", "url: example.org/4")
    assert [(problem.path, problem.line) for problem in problems_of(folder)] == [("data/content/sources/all.yml", 31)]


def test_the_builder_marks_every_document_as_checked() -> None:
    unchecked = [
        name for name, text in FILES.items() if name.split("/")[0] in {"answers", "crisis"} and CHECKED not in text
    ]
    assert unchecked == []
