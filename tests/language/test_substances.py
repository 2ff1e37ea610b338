"""Every substance that a text names is found, whatever it is called; ordinary words are not."""

from __future__ import annotations

import itertools
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answers.models import Interaction
from bot.answers.repository import Content
from bot.language.substances import CONCENTRATE, KRATOM, Lexicon, Match, form_of
from bot.reply import Form
from bot.turn import Found
from tests.answers.documents import interaction

SEDATIVE = interaction(
    "sedatives",
    substances={
        "alprazolam": ("xanax", "xannies"),
        "diazepam": ("valium",),
        "methadone": (),
        "st john wort": ("st john's wort",),
        "phenibut": ("fenibut",),
    },
    ambiguous=("blues",),
)
HEART = interaction(
    "heart", substances={"methadone": ("physeptone",), "fentanyl": ("china white",)}, ambiguous=("blues",)
)
PRODUCT = interaction(
    "products", substance_class="kratom_product", substances={"7-hydroxymitragynine": ("7-oh", "7oh")}
)
ALONE = interaction("alone", substances={"phenazepam": ()}, ambiguous=("bonsai",))
LANGUAGE = ("variant", "valid", "methane", "metadata", "station", "the", "fentanyl")
LEXICON = Lexicon.of([SEDATIVE, HEART, PRODUCT, ALONE], [*LANGUAGE, "valiant", "methadon"])


def names(text: str, lexicon: Lexicon = LEXICON) -> list[str]:
    return [match.name.name for match in lexicon.find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("nothing here", []),
        ("kratom", ["kratom"]),
        ("alprazolam", ["alprazolam"]),
        ("xanax", ["alprazolam"]),
        ("XANAX and Valium", ["alprazolam", "diazepam"]),
        ("kratom with xannies?", ["kratom", "alprazolam"]),
        ("xanax, kratom; valium!", ["alprazolam", "kratom", "diazepam"]),
        ("xanax xanax", ["alprazolam", "alprazolam"]),
        ("china white", ["fentanyl"]),
        ("china   white", ["fentanyl"]),
        ("the white house in china", []),
        ("st john's wort", ["st john wort"]),
        ("st. johns wort", ["st john wort"]),
        ("saint john", []),
        ("valiums", ["diazepam"]),
        ("7-oh", [CONCENTRATE]),
        ("7oh", [CONCENTRATE]),
        ("7-hydroxymitragynine", [CONCENTRATE]),
        ("maeng da", ["kratom"]),
        ("mitragyna speciosa", ["kratom"]),
        ("ketum", ["kratom"]),
        ("xanaxkratom", []),
        ("(xanax)", ["alprazolam"]),
        ("xanax/valium", ["alprazolam", "diazepam"]),
        ("kratom + xanax & valium", ["kratom", "alprazolam", "diazepam"]),
        ("kratom.", ["kratom"]),
        ("'xanax'", ["alprazolam"]),
    ],
)
def test_all_names_are_found_in_their_order(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize("text", ["kratom+xanax", "kratom&xanax", "kratom.xanax", "kratom-xanax"])
def test_names_that_are_joined_by_a_sign_are_found(text: str) -> None:
    assert names(text) == ["kratom", "alprazolam"]


def test_a_name_stands_where_it_was_written() -> None:
    text = "is China White with Xanax ok"
    assert [(text[match.start : match.end], match.name.name) for match in LEXICON.find(text)] == [
        ("China White", "fentanyl"),
        ("Xanax", "alprazolam"),
    ]


def test_the_longest_name_wins() -> None:
    lexicon = Lexicon.of([interaction("a", substances={"oil": (), "fish oil": (), "fish oil capsule": ()})])
    assert names("fish oil capsule", lexicon) == ["fish oil capsule"]
    assert names("fish oil and oil", lexicon) == ["fish oil", "oil"]


def test_a_drug_of_two_entries_belongs_to_both() -> None:
    (match,) = LEXICON.find("methadone")
    assert match.name == Found("methadone", ("KI-heart", "KI-sedatives"))


def test_a_name_that_may_mean_two_drugs_is_unclear() -> None:
    (match,) = LEXICON.find("blues")
    assert match.name == Found("blues", ("KI-heart", "KI-sedatives"), ambiguous=True)


def test_a_name_that_is_called_unclear_by_one_entry_alone_is_clear() -> None:
    assert LEXICON.find("bonsai") == [Match(0, 6, Found("bonsai", ("KI-alone",)))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alprazolm", ["alprazolam"]),
        ("alprazzolam", ["alprazolam"]),
        ("alprazolan", ["alprazolam"]),
        ("alrpazolam", ["alprazolam"]),
        ("diazepan", ["diazepam"]),
        ("valiun", ["diazepam"]),
        ("alprzolm", []),
        ("lprazolam", []),
        ("xanex", []),
        ("valium", ["diazepam"]),
    ],
)
def test_one_slip_of_the_finger_in_a_long_name_is_forgiven(text: str, expected: list[str]) -> None:
    assert names(text) == expected


def test_a_word_that_is_one_slip_from_two_drugs_is_neither() -> None:
    lexicon = Lexicon.of(
        [interaction("a", substances={"clonazepam": (), "clonazolam": (), "lorazepam": (), "lorazepan": ()})],
        ["word", "clonazepan"],
    )
    assert names("lorazepax", lexicon) == []
    assert names("clonazepax", lexicon) == ["clonazepam"]


def test_a_word_of_the_language_is_no_misspelt_drug() -> None:
    entries = [interaction("a", substances={"statin": (), "lyrica": ()})]
    without, with_words = Lexicon.of(entries, ["kratoms"]), Lexicon.of(entries, ["kratoms", "station", "lyrics"])
    assert [names(word, with_words) for word in ("station", "lyrics")] == [[], []]
    assert [names(word, with_words) for word in ("statinn", "lyricca")] == [["statin"], ["lyrica"]]
    assert with_words.ordinary == {"station", "lyrics"}
    assert without.ordinary == set()


def test_a_word_of_the_language_that_is_a_name_is_the_name() -> None:
    assert names("fentanyl") == ["fentanyl"]


def test_without_the_words_of_the_language_no_misspelling_is_guessed() -> None:
    assert names("alprazolm", Lexicon.of([SEDATIVE])) == []
    assert names("alprazolam", Lexicon.of([SEDATIVE])) == ["alprazolam"]


def test_an_empty_lexicon_finds_nothing() -> None:
    assert Lexicon({}).find("kratom with xanax") == []


@given(text=st.text(max_size=200))
def test_whatever_is_written_names_stand_apart_and_in_order(text: str) -> None:
    matches = LEXICON.find(text)
    assert all(match.start < match.end for match in matches)
    assert all(one.end <= other.start for one, other in itertools.pairwise(matches))
    assert matches == [] or matches[-1].end <= len(text.lower())


@given(
    before=st.text(alphabet=string.ascii_lowercase[:4] + " ,.!?", max_size=20),
    after=st.text(alphabet=string.ascii_lowercase[:4] + " ,.!?", max_size=20),
)
def test_a_name_is_found_wherever_it_stands(before: str, after: str) -> None:
    assert "alprazolam" in names(f"{before} xanax {after}")


def test_every_bundled_name_is_found(content: Content) -> None:
    entries = list(content.of(Interaction))
    lexicon = Lexicon.of(entries)
    missed = []
    for entry in entries:
        for generic, others in entry.substances.items():
            for name in (generic, *others):
                if "," in name:
                    continue
                found = lexicon.find(name.lower())
                whole = [match for match in found if match.end - match.start >= len(name.strip()) - 2]
                if not any(entry.id in match.name.entries for match in whole) and lexicon.forms.get(name) != Found(
                    KRATOM
                ):
                    missed.append((entry.id, name, found))
    assert missed == []


def test_a_name_with_a_comma_is_found() -> None:
    assert names("n,n-dmt", Lexicon.of([interaction("a", substances={"n,n-dmt": ()})])) == ["n,n-dmt"]


def test_every_bundled_unclear_name_asks(content: Content) -> None:
    lexicon = Lexicon.of(content.of(Interaction))
    unclear = {name for entry in content.of(Interaction) for name in entry.ambiguous}
    several = [name for name in unclear if sum(name in entry.ambiguous for entry in content.of(Interaction)) > 1]
    assert several
    assert [name for name in several if not any(m.name.ambiguous for m in lexicon.find(name))] == []


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("how much kratom", None),
        ("kratom powder", Form.LEAF),
        ("kratom tea", Form.LEAF),
        ("kratom capsules", Form.LEAF),
        ("a kratom extract", Form.EXTRACT),
        ("liquid kratom", Form.EXTRACT),
        ("two shots", Form.EXTRACT),
        ("7oh", Form.SEVEN_OH),
        ("7-OH tablets", Form.SEVEN_OH),
        ("7 oh", Form.SEVEN_OH),
        ("seven oh", Form.SEVEN_OH),
        ("7-hydroxymitragynine", Form.SEVEN_OH),
        ("7-hydroxy", Form.SEVEN_OH),
        ("pseudoindoxyl", Form.SEVEN_OH),
        ("mgm-15", Form.SEVEN_OH),
        ("MGM 16", Form.SEVEN_OH),
        ("7-OH or leaf", Form.SEVEN_OH),
        ("extract or powder", Form.EXTRACT),
        ("7oh extract powder", Form.SEVEN_OH),
        ("teapot", None),
        ("17oh", None),
        ("extracted", None),
        ("", None),
    ],
)
def test_the_strongest_product_that_is_named_counts(text: str, form: Form | None) -> None:
    assert form_of(text) is form
