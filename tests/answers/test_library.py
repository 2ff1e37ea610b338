"""What is served: swapped whole, kept when the next one cannot be loaded, never without the crisis cards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.answers.library import Library
from bot.answers.models import CrisisCard, Phrase
from bot.answers.release import Release
from bot.errors import ContentError, LanternError, StorageError
from bot.reply import Level
from bot.safety.guard import Guard
from bot.safety.last_resort import last_resort
from tests.answers.documents import answer, helplines, released, write

FIRST = released(answer("first"))
SECOND = released(answer("second"))


class Shelf:
    """A store of releases that a test fills and empties."""

    def __init__(self, live: Release | None = None) -> None:
        self.live = live
        self.failure: LanternError | None = None
        self.loaded = 0

    def live_id(self) -> str | None:
        if isinstance(self.failure, StorageError):
            raise self.failure
        return self.live.id if self.live else None

    def load_live(self) -> Release:
        self.loaded += 1
        if self.failure:
            raise self.failure
        if self.live is None:
            raise ContentError("Nothing is published.")
        return self.live


def test_nothing_is_live_before_it_was_loaded() -> None:
    library = Library(None, Shelf(FIRST))
    assert library.live is None
    with pytest.raises(ContentError, match=r"^No release is loaded\.$"):
        library.release()


def test_the_live_release_is_loaded_with_the_guard_that_knows_its_words() -> None:
    library = Library(None, Shelf(FIRST))
    assert library.refresh()
    assert library.live is not None
    assert library.live[0] is library.release() is FIRST
    assert isinstance(library.live[1], Guard)


def test_a_release_that_is_in_memory_is_not_loaded_again() -> None:
    shelf = Shelf(FIRST)
    library = Library(None, shelf)
    assert [library.refresh() for _ in range(3)] == [True, True, True]
    assert shelf.loaded == 1


def test_another_live_release_takes_its_place() -> None:
    shelf = Shelf(FIRST)
    library = Library(None, shelf)
    library.refresh()
    before = library.live
    shelf.live = SECOND
    assert library.refresh()
    assert library.release() is SECOND
    assert before is not None
    assert library.live is not None
    assert library.live[1] is not before[1]


@pytest.mark.parametrize("failure", [StorageError("away"), ContentError("changed by hand")])
def test_a_release_that_cannot_be_loaded_leaves_the_one_that_was_there(failure: LanternError) -> None:
    shelf = Shelf(FIRST)
    library = Library(None, shelf)
    library.refresh()
    shelf.live, shelf.failure = SECOND, failure
    assert library.refresh()
    assert library.release() is FIRST


@pytest.mark.parametrize("failure", [StorageError("away"), ContentError("changed by hand")])
def test_a_first_release_that_cannot_be_loaded_is_tried_again(failure: LanternError) -> None:
    shelf = Shelf(FIRST)
    shelf.failure = failure
    library = Library(None, shelf)
    assert not library.refresh()
    assert library.live is None
    shelf.failure = None
    assert library.refresh()
    assert library.release() is FIRST


def test_nothing_published_is_no_failure_of_the_process() -> None:
    assert not Library(None, Shelf()).refresh()


def test_the_crisis_cards_are_there_without_any_release(tmp_path: Path) -> None:
    library = Library.open(write(tmp_path), Shelf())
    assert library.live is None
    assert library.emergency is not None
    cards, guard = library.emergency
    assert [card.id for card in cards.of(CrisisCard)] == ["crisis.overdose_now.emergency", "crisis.suicide.crisis"]
    assert [phrase.id for phrase in cards.of(Phrase)] == ["phrase.error"]
    assert guard.violations(last_resort(Level.EMERGENCY)) == []


def test_the_live_release_answers_an_emergency_when_there_is_one(tmp_path: Path) -> None:
    library = Library.open(write(tmp_path), Shelf(FIRST))
    library.refresh()
    assert library.emergency is library.live


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "crisis" / "suicide.crisis.yml").write_text("id: ["),
        lambda folder: (folder / "helplines" / "US.yml").write_bytes(b"\xff"),
        lambda folder: (folder / "phrases" / "error.yml").write_text("id: phrase.error\nsentences: []\n"),
    ],
    ids=["a broken card", "a table that is no text", "an unchecked phrase"],
)
def test_damaged_crisis_cards_do_not_stop_the_start(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    folder = write(tmp_path)
    damage(folder)
    library = Library.open(folder, Shelf(FIRST))
    assert library.emergency is None
    assert library.refresh()
    assert library.emergency is library.live


def test_a_control_character_in_a_crisis_card_does_not_stop_the_start(tmp_path: Path) -> None:
    folder = write(tmp_path, **{"crisis/suicide.crisis.yml": "id: x\x07\n"})
    assert Library.open(folder, Shelf(FIRST)).emergency is None


def test_a_folder_without_crisis_cards_has_none(tmp_path: Path) -> None:
    assert Library.open(tmp_path / "nowhere", Shelf()).emergency is None


def test_two_libraries_share_nothing() -> None:
    one, other = Library(None, Shelf(FIRST)), Library(released(helplines("US")), Shelf(SECOND))
    one.refresh()
    assert other.live is None
    other.refresh()
    assert (one.release(), other.release()) == (FIRST, SECOND)
