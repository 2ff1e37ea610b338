"""A release is named by its words: another word is another release, another order of the files is not."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.answers.models import Answer, CrisisCard, Interaction, Risk
from bot.answers.release import Release, build, decode, digest, due, encode
from bot.answers.repository import Content, Document, Located, load
from bot.errors import ContentError
from bot.reply import SentenceKind, Status
from tests.answers.documents import (
    FILES,
    answer,
    changed,
    checked,
    content,
    crisis_card,
    helplines,
    interaction,
    phrase,
    released,
    said,
    source,
    write,
)

DOCUMENTS = [answer(), interaction(), crisis_card(), helplines("US"), phrase("error")]


def test_the_same_words_give_the_same_release() -> None:
    assert released(*DOCUMENTS).id == released(*DOCUMENTS).id
    assert len(released(*DOCUMENTS).id) == 64


def test_the_order_of_loading_changes_nothing() -> None:
    forward, backward = content(*DOCUMENTS), content(*reversed(DOCUMENTS))
    assert list(forward.documents) != list(backward.documents)
    assert build(forward).id == build(backward).id
    assert list(build(forward).revisions) == list(build(backward).revisions)


def test_the_order_of_a_table_changes_nothing() -> None:
    found = content(answer())
    turned = dataclasses.replace(
        found, sources={"S-2": source(), **found.sources}, scale=dict(reversed(list(found.scale.items())))
    )
    other = dataclasses.replace(found, sources={**found.sources, "S-2": source()})
    assert build(turned).id == build(other).id != build(found).id


def test_where_a_file_stands_changes_nothing() -> None:
    found = content(answer())
    moved = {name: Located(one.document, Path("elsewhere.yml")) for name, one in found.documents.items()}
    assert build(found).id == build(dataclasses.replace(found, documents=moved)).id


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("answers/dosing/strength.yml", "A label can be wrong", "A label may be wrong"),
        ("answers/dosing/strength.yml", "title: How strong", "title: Just how strong"),
        ("declines/amount.yml", "I do not say", "I never say"),
        ("interactions/KI-1.yml", "Both can slow", "Both may slow"),
        ("crisis/suicide.crisis.yml", "someone you trust", "somebody you trust"),
        ("helplines/US.yml", "phone: '988'", "phone: '989'"),
        ("phrases/error.yml", "on my side", "on my end"),
    ],
)
def test_a_changed_word_of_a_document_is_another_release(tmp_path: Path, file: str, old: str, new: str) -> None:
    assert FILES[file].count(old) == 1
    before = build(load(write(tmp_path)))
    after = build(load(write(tmp_path, **{file: FILES[file].replace(old, new)})))
    assert after.id != before.id
    assert [one.id for one in after.revisions.values() if one.hash != before.revisions[one.id].hash] == [
        FILES[file].splitlines()[0].removeprefix("id: ")
    ]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("sources/all.yml", "strength varies", "strength may vary"),
        ("tables/scale.yml", "Avoid this mix.", "Avoid the mix."),
        ("tables/signs.yml", "Hard to wake", "Hard to rouse"),
        ("tables/actions.yml", "Do not be alone.", "Never be alone."),
        ("tables/referrals.yml", "ask a pharmacist", "ask any pharmacist"),
    ],
)
def test_a_changed_word_of_a_table_is_another_release(tmp_path: Path, file: str, old: str, new: str) -> None:
    assert FILES[file].count(old) == 1
    before = build(load(write(tmp_path)))
    after = build(load(write(tmp_path, **{file: FILES[file].replace(old, new)})))
    assert after.id != before.id
    assert after.revisions == before.revisions


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another"},
        {"sentences": (said("Other words.", SentenceKind.FACT, "S-1"),)},
        {"sentences": (said("This is what is known about one.", SentenceKind.WARNING, "S-1"),)},
        {"sentences": (said("This is what is known about one.", SentenceKind.FACT),)},
        {"risk": Risk.LOW},
        {"next_step": "doctor"},
        {"questions": ("another question",)},
        {"checked": checked(datetime.date(2026, 11, 22))},
    ],
)
def test_a_revision_is_named_by_everything_in_it(change: dict[str, Any]) -> None:
    assert digest(changed(answer(), **change)) != digest(answer())


def test_a_document_that_nobody_checked_is_not_released() -> None:
    with pytest.raises(ContentError, match=r"^kratom\.side_effects\.a and 1 more were not checked"):
        released(answer("a", checked=None), answer("b", checked=None), answer("c"))


def test_a_revision_says_that_its_sources_were_checked_and_no_more(release: Release) -> None:
    assert {revision.status for revision in release.revisions.values()} == {Status.SOURCE_CHECKED}


def test_a_revision_is_shown_by_the_start_of_its_hash() -> None:
    revision = released(answer()).revisions["kratom.side_effects.one"]
    assert revision.short == f"sha256:{digest(answer())[:12]}"


def test_a_document_is_found_by_its_id_and_kind() -> None:
    release = released(*DOCUMENTS)
    assert release.get("kratom.side_effects.one", Answer) == answer()
    assert release.get("kratom.side_effects.one", Interaction) is None
    assert release.get("kratom.side_effects.two", Answer) is None
    assert list(release.of(CrisisCard)) == [crisis_card()]
    assert release.countries == {"": helplines(""), "US": helplines("US")}


def test_a_release_cannot_be_changed() -> None:
    release = released(answer())
    with pytest.raises(dataclasses.FrozenInstanceError):
        release.id = "0" * 64  # type: ignore[misc]
    with pytest.raises(AttributeError):
        release.revisions["kratom.side_effects.one"].document.title = "x"  # type: ignore[union-attr]


def test_every_bundled_document_is_read_back_as_it_was_written(release: Release) -> None:
    for revision in release.revisions.values():
        again = decode(encode(revision.document))
        assert (again, digest(again)) == (revision.document, revision.hash), revision.id


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: type(document).__name__)
def test_every_kind_is_read_back_as_it_was_written(document: Document) -> None:
    assert decode(encode(document)) == document


def tampered(**changes: Any) -> bytes:
    tagged = msgspec.json.decode(encode(answer()))
    tagged["document"].update(changes)
    return msgspec.json.encode(tagged)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"1",
        b"{not json",
        encode(answer())[:-1],
        encode(answer()) + b"}",
        msgspec.json.encode({"kind": "answer"}),
        msgspec.json.encode({"document": {}}),
        msgspec.json.encode({"kind": "poem", "document": msgspec.to_builtins(answer())}),
        msgspec.json.encode({"kind": ["answer"], "document": msgspec.to_builtins(answer())}),
        msgspec.json.encode({"kind": "phrase", "document": msgspec.to_builtins(answer())}),
        tampered(colour="green"),
        tampered(title=7),
        tampered(title=None),
        tampered(topic="magic"),
        tampered(risk="none"),
        tampered(sentences=[{"words": "A little is fine."}]),
        tampered(sentences="A little is fine."),
        tampered(checked={"by": "me", "on": "yesterday", "role": "source_check"}),
    ],
)
def test_tampered_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ContentError, match=r"^A stored revision cannot be read\. Publish the content again\.$"):
        decode(data)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(ContentError):
        decode(encode(answer()).replace(b"This is", b"\xff\xfe is"))


@pytest.mark.parametrize(
    ("document", "days"),
    [
        (answer(risk=Risk.HIGH), 180),
        (answer(risk=Risk.MEDIUM), 365),
        (answer(risk=Risk.LOW), 365),
        (interaction(), 180),
        (crisis_card(), 180),
        (phrase("error"), 365),
        (helplines("US"), 90),
        (helplines(""), 90),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_check_holds_for_the_days_of_the_content_model(document: Document, days: int) -> None:
    assert due(document) - checked().on == datetime.timedelta(days=days)


def test_what_was_never_checked_was_due_long_ago() -> None:
    assert due(answer(checked=None)) == datetime.date.min


def test_the_bundled_content_is_one_release(content: Content, release: Release) -> None:
    assert set(release.revisions) == set(content.documents)
    assert build(content).id == release.id
