"""What is read is well-formed; what is not is named with file, line and reason, all of it at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.answers.models import CrisisCard, Helplines, Phrase
from bot.answers.repository import Problem, line_of, load, load_crisis
from bot.errors import ContentError
from tests.answers.documents import FILES, write

STRENGTH = "answers/dosing/strength.yml"
PHRASE = "phrases/error.yml"


def refused(folder: Path) -> list[str]:
    with pytest.raises(ContentError) as error:
        load(folder)
    return error.value.public.splitlines()


def test_every_file_becomes_a_document_under_its_id(tmp_path: Path) -> None:
    found = load(write(tmp_path))
    assert sorted(found.documents) == [
        "KI-1",
        "KI-2",
        "crisis.overdose_now.emergency",
        "crisis.suicide.crisis",
        "decline.amount",
        "helplines.US",
        "helplines.unknown",
        "kratom.about_the_bot.who",
        "kratom.dosing.reported",
        "kratom.dosing.strength",
        "kratom.legal.here",
        "phrase.error",
    ]
    assert [table.id for table in found.of(Helplines)] == ["helplines.US", "helplines.unknown"]
    assert sorted(found.sources) == ["S-1", "S-2", "S-3", "S-4"]
    assert found.denied_numbers == ("0800 689 1234", "1-800-273-8255")


def test_a_problem_is_one_line_that_editors_can_jump_to() -> None:
    assert str(Problem("data/content/a.yml", 7, "is wrong")) == "data/content/a.yml:7: is wrong"


@pytest.mark.parametrize("word", ["on", "off", "yes", "no", "Yes", "NO", "y", "n"])
def test_words_that_other_readers_take_for_truth_values_stay_words(tmp_path: Path, word: str) -> None:
    text = FILES["crisis/overdose_now.emergency.yml"].replace("label: 'Yes'", f"label: {word}")
    card = load(write(tmp_path, **{"crisis/overdose_now.emergency.yml": text})).documents[
        "crisis.overdose_now.emergency"
    ]
    assert isinstance(card.document, CrisisCard)
    assert card.document.question is not None
    assert card.document.question.choices[0].label == word


def test_a_truth_value_is_written_true_or_false(tmp_path: Path) -> None:
    table = load(write(tmp_path)).documents["helplines.US"].document
    assert isinstance(table, Helplines)
    assert [row.always_open for row in table.lines] == [True, False]


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("title: How strong a powder is", "title: How strong a powder is\ncolour: red", 5,
         "Object contains unknown field `colour`"),
        ("topic: dosing\n", "", 1, "Object missing required field `topic`"),
        ("next_step: pharmacist\n", "", 1, "Object missing required field `next_step`"),
        ("topic: dosing", "topic: magic", 2, "Invalid enum value 'magic' - at `$.topic`"),
        ("risk: high", "risk: 3", 3, "Expected `str`, got `int` - at `$.risk`"),
        ("    kind: fact", "    kind: truth", 15, "Invalid enum value 'truth' - at `$.sentences[0].kind`"),
        ("  - how strong is it one", "  - 7", 5, "Expected `str`, got `int` - at `$.questions[0]`"),
        ("more: [kratom.dosing.reported]", "more: kratom.dosing.reported", 20, "Expected `array`, got `str` - at `$.more`"),
        ("on: 2026-11-21", "on: soon", 21, "Invalid RFC3339 encoded date - at `$.checked.on`"),
    ],
)  # fmt: skip
def test_an_ill_typed_file_is_named_with_line_and_reason(
    tmp_path: Path, old: str, new: str, line: int, reason: str
) -> None:
    assert old in FILES[STRENGTH]
    folder = write(tmp_path, **{STRENGTH: FILES[STRENGTH].replace(old, new, 1)})
    assert refused(folder) == [f"data/content/{STRENGTH}:{line}: {reason}"]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("\tid: x\n", 1, "is not YAML: found character that cannot start any token"),
        ("id: x\nsentences: [\n", 3, "is not YAML: did not find expected node content"),
        ("id: x\nsentences: *missing\n", 2, "is not YAML: found undefined alias"),
        ("id: x\n---\nid: y\n", 2, "is not YAML: but found another document"),
        ("id: !!python/object/apply:os.getcwd []\n", 1,
         "is not YAML: could not determine a constructor for the tag 'tag:yaml.org,2002:python/object/apply:os.getcwd'"),
        ("", 1, "Expected `object`, got `null`"),
        ("just words", 1, "Expected `object`, got `str`"),
        ("- a\n- b\n", 1, "Expected `object`, got `array`"),
    ],
)  # fmt: skip
def test_what_is_no_document_is_named_with_line_and_reason(tmp_path: Path, text: str, line: int, reason: str) -> None:
    assert refused(write(tmp_path, **{PHRASE: text})) == [f"data/content/{PHRASE}:{line}: {reason}"]


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / PHRASE).write_bytes(b"id: \xff\xfe")
    assert refused(folder) == [f"data/content/{PHRASE}:1: cannot be read"]


@pytest.mark.parametrize(
    "text",
    ["id: x\x07\nsentences: []\n", "id: x\nsentences: []\nchecked: {by: a, on: 2026-13-45, role: b}\n"],
    ids=["a control character", "a month thirteen"],
)
def test_what_the_reader_of_yaml_stumbles_over_is_named(tmp_path: Path, text: str) -> None:
    assert refused(write(tmp_path, **{PHRASE: text}))[0].startswith(f"data/content/{PHRASE}:")


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    refused(write(tmp_path, **{PHRASE: FILES[PHRASE] + FILES[PHRASE]}))


def test_an_id_that_stands_twice_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, **{"answers/legal/there.yml": FILES["answers/legal/here.yml"]})
    assert refused(folder) == [
        "data/content/answers/legal/there.yml:1: id kratom.legal.here also stands in answers/legal/here.yml"
    ]


def test_a_source_that_stands_twice_is_refused(tmp_path: Path) -> None:
    one = "S-4:\n" + FILES["sources/all.yml"].partition("S-4:\n")[2]
    folder = write(tmp_path, **{"sources/more.yml": one})
    assert refused(folder) == ["data/content/sources/more.yml:1: source S-4 stands twice"]


def test_a_level_without_words_is_refused(tmp_path: Path) -> None:
    text = FILES["tables/scale.yml"].partition("rescue:")[0]
    assert refused(write(tmp_path, **{"tables/scale.yml": text})) == ["tables/scale.yml:1: level rescue is missing"]


@pytest.mark.parametrize("name", ["signs.yml", "actions.yml", "referrals.yml"])
def test_a_missing_table_is_named(tmp_path: Path, name: str) -> None:
    folder = write(tmp_path)
    (folder / "tables" / name).unlink()
    assert refused(folder) == [f"data/content/tables/{name}:1: cannot be read"]


def test_every_broken_file_is_named_not_only_the_first(tmp_path: Path) -> None:
    folder = write(tmp_path, **{STRENGTH: "id: [", PHRASE: "id: 7\n", "helplines/US.yml": ""})
    assert [line.split(":")[0] for line in refused(folder)] == [
        f"data/content/{name}" for name in (STRENGTH, "helplines/US.yml", PHRASE)
    ]


def test_the_crisis_cards_are_read_without_the_rest(tmp_path: Path) -> None:
    folder = write(tmp_path, **{STRENGTH: "id: [", "tables/scale.yml": "[", "interactions/KI-1.yml": "no"})
    found = load_crisis(folder)
    assert {type(one.document) for one in found.documents.values()} == {CrisisCard, Helplines, Phrase}
    assert len(found.documents) == 5


def test_the_crisis_cards_are_read_from_a_folder_with_nothing_else(tmp_path: Path) -> None:
    files = {name: text for name, text in FILES.items() if name.startswith(("crisis", "helplines", "phrases"))}
    for name, text in files.items():
        path = tmp_path / "content" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert len(load_crisis(tmp_path / "content").documents) == 5


def test_a_broken_crisis_card_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path, **{"crisis/suicide.crisis.yml": "id: 7\n"})
    with pytest.raises(ContentError, match=r"^data/content/crisis/suicide\.crisis\.yml:1: Expected `str`, got `int`"):
        load_crisis(folder)


def test_a_text_is_found_on_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text("one\ntwo: a long text that goes on and on beyond forty letters\n")
    assert line_of(path, "a long text that goes on and on beyond forty letters") == 2
    assert line_of(path, "elsewhere") == 1
