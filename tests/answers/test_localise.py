"""Only four things are ever filled in, and only from the table of the person's country."""

from __future__ import annotations

import pytest

from bot.answers.localise import localise, table_for
from bot.answers.models import CrisisCard, Phrase
from bot.answers.release import Release
from tests.answers.documents import helplines, phrase, released

TOKENS = "{EMERGENCY} {POISON} {CRISIS} {DRUG}"


def test_each_token_becomes_what_the_country_says() -> None:
    assert localise(TOKENS, helplines("GB")) == "the GB number poison GB crisis GB drug GB"


def test_a_token_is_filled_in_wherever_it_stands_and_however_often() -> None:
    table = helplines("GB", emergency="999")
    assert localise("{EMERGENCY}? Yes: {EMERGENCY}.", table) == "999? Yes: 999."


@pytest.mark.parametrize("text", ["No token.", "", "A lone } brace", "{OTHER}", "{emergency}"])
def test_nothing_else_is_filled_in(text: str) -> None:
    assert localise(text, helplines("GB")) == text


def test_the_table_is_the_one_of_the_country() -> None:
    tables = {code: helplines(code) for code in ("US", "GB")}
    release = released(*tables.values())
    assert [table_for(release, code) for code in ("GB", "US")] == [tables["GB"], tables["US"]]


@pytest.mark.parametrize("country", ["", "MY", "us", "United States"])
def test_a_country_that_is_not_covered_gets_no_other_countrys_numbers(country: str) -> None:
    assert table_for(released(helplines("US")), country).id == "helplines.unknown"


def test_a_release_without_a_table_for_the_unknown_country_is_an_error() -> None:
    release = released(phrase("error"))
    kept = {name: revision for name, revision in release.revisions.items() if name != "helplines.unknown"}
    with pytest.raises(KeyError, match=r"helplines\.unknown"):
        table_for(Release(release.id, kept, release.tables), "")


def test_no_token_is_left_in_any_fixed_text_of_any_country(release: Release) -> None:
    texts = [
        text.text
        for document in (*release.of(CrisisCard), *release.of(Phrase))
        for text in ((*document.opening, *document.lines) if isinstance(document, CrisisCard) else document.sentences)
    ]
    assert any("{" in text for text in texts)
    for country in ("", *release.countries):
        table = table_for(release, country)
        assert [text for text in texts if "{" in localise(text, table)] == [], country


@pytest.mark.parametrize(
    ("country", "number"), [("US", "911"), ("CA", "911"), ("GB", "999"), ("IE", "112"), ("AU", "000")]
)
def test_the_bundled_countries_say_their_own_emergency_number(release: Release, country: str, number: str) -> None:
    assert number in localise("{EMERGENCY}", table_for(release, country))
