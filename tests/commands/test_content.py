"""``content lint | publish | status``: nothing is published that the lint refuses, and what was live stays live."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.answers.release import build
from bot.answers.repository import load
from bot.commands import content
from bot.errors import ContentError
from bot.settings import Settings
from bot.storage.engine import open_engine
from bot.storage.releases import ReleaseStore
from tests.answers.documents import CHECKED, FILES, write

PHRASE = "phrases/error.yml"
Run = Callable[..., int]


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """Settings whose content is the small folder of the builders."""
    return dataclasses.replace(settings, content_dir=write(tmp_path))


@pytest.fixture
def run(settings: Settings) -> Run:
    """Run one action the way the command line does."""

    def do(action: str) -> int:
        parser = argparse.ArgumentParser()
        content.configure(parser)
        options = parser.parse_args([action])
        return int(options.do(options, settings))

    return do


def edit(settings: Settings, file: str, old: str, new: str) -> None:
    assert FILES[file].count(old) == 1
    (settings.content_dir / file).write_text(FILES[file].replace(old, new))


def live(settings: Settings) -> str | None:
    return ReleaseStore(open_engine(settings.resolved_database_url())).live_id()


def test_content_without_a_fault_is_linted_without_a_word(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("lint") == 0
    assert capsys.readouterr() == ("", "12 documents, 4 sources, 0 problems\n")


def test_each_problem_is_a_line_and_the_command_fails(
    run: Run, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(settings, PHRASE, "Something went wrong on my side.", "It is safe to ask {WHO}.")
    assert run("lint") == 1
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        "data/content/phrases/error.yml:5: safety claim: “safe to” (never calls anything safe)",
        "data/content/phrases/error.yml:5: {WHO} is not a token that is filled in",
    ]
    assert printed.err == "12 documents, 4 sources, 2 problems\n"


def test_lint_touches_no_database(run: Run, settings: Settings) -> None:
    run("lint")
    assert not settings.data_dir.exists()


def test_unreadable_content_stops_the_lint(run: Run, settings: Settings) -> None:
    (settings.content_dir / PHRASE).write_text("id: [")
    with pytest.raises(ContentError, match=r"^data/content/phrases/error\.yml:2: is not YAML"):
        run("lint")


def test_content_is_published_from_an_empty_folder(
    run: Run, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("publish") == 0
    expected = build(load(settings.content_dir)).id
    assert live(settings) == expected
    assert capsys.readouterr() == (
        "",
        f"published release {expected[:12]}: 5 answer, 2 crisiscard, 2 helplines, 2 interaction, 1 phrase\n",
    )


def test_what_is_live_is_not_published_again(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("publish")
    capsys.readouterr()
    monkeypatch.setattr(content, "lint", None)
    assert run("publish") == 0
    assert capsys.readouterr() == ("", "")


def test_publishing_again_mends_what_was_changed_by_hand(run: Run, settings: Settings) -> None:
    run("publish")
    engine = open_engine(settings.resolved_database_url())
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE revision SET body = x'7b7d'")
    assert run("publish") == 0
    assert ReleaseStore(engine).load_live() == build(load(settings.content_dir))


def test_a_changed_word_is_published(run: Run, settings: Settings) -> None:
    run("publish")
    before = live(settings)
    edit(settings, PHRASE, "Something went wrong on my side.", "Something went wrong here.")
    assert run("publish") == 0
    assert live(settings) == build(load(settings.content_dir)).id != before


def test_what_the_lint_refuses_is_not_published_and_the_old_stays_live(run: Run, settings: Settings) -> None:
    run("publish")
    before = live(settings)
    edit(settings, PHRASE, "Something went wrong on my side.", "It is safe to ask again.")
    with pytest.raises(ContentError) as refused:
        run("publish")
    assert refused.value.public == (
        "The content has 1 problems and was not published:\n"
        "data/content/phrases/error.yml:5: safety claim: “safe to” (never calls anything safe)"
    )
    assert live(settings) == before


def test_what_nobody_checked_is_not_published(run: Run, settings: Settings) -> None:
    edit(settings, PHRASE, CHECKED, "")
    with pytest.raises(ContentError, match=r"^phrase\.error and 0 more were not checked"):
        run("publish")
    assert not settings.data_dir.exists()


def test_a_missing_word_list_stops_the_publication(run: Run, settings: Settings) -> None:
    (settings.content_dir / "tables" / "words.yml").unlink()
    with pytest.raises(ContentError, match=r"words\.yml"):
        run("publish")
    assert live(settings) is None


def test_the_status_says_that_files_and_release_are_one(
    run: Run, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    run("publish")
    capsys.readouterr()
    assert run("status") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"live release {str(live(settings))[:12]}: 5 answer")
    assert lines[1] == "the content files are what is live"


def test_the_status_says_that_the_files_differ(
    run: Run, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    run("publish")
    edit(settings, PHRASE, "Something went wrong on my side.", "Something went wrong here.")
    capsys.readouterr()
    run("status")
    assert capsys.readouterr().out.splitlines()[1] == "the content files differ: content publish"


def test_the_status_lists_what_is_past_due_and_what_soon_will_be(
    run: Run, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    today = content.datetime.datetime.now(content.datetime.timezone.utc).date()
    past, soon = (today - content.datetime.timedelta(days=days) for days in (365, 350))
    for file, day in ((PHRASE, past), ("answers/about_the_bot/who.yml", soon)):
        (settings.content_dir / file).write_text(FILES[file].replace("2026-11-21", day.isoformat()))
    for file in FILES:
        if file.endswith(".yml") and file not in {PHRASE, "answers/about_the_bot/who.yml"}:
            (settings.content_dir / file).write_text(FILES[file].replace("on: 2026-11-21", f"on: {today.isoformat()}"))
    run("publish")
    capsys.readouterr()
    run("status")
    assert capsys.readouterr().out.splitlines()[2:] == [
        "1 past due and not served, 1 due within 30 days",
        f"  {today}  phrase.error",
        f"  {today + content.datetime.timedelta(days=15)}  kratom.about_the_bot.who",
    ]


def test_the_status_of_nothing_is_an_error_that_says_what_to_do(run: Run) -> None:
    with pytest.raises(ContentError, match=r"^Nothing is published\. Run: python -m bot content publish$"):
        run("status")


def test_an_action_has_to_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    content.configure(parser)
    with pytest.raises(SystemExit):
        parser.parse_args([])
    assert "ACTION" in capsys.readouterr().err
