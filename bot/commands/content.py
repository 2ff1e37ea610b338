"""``content lint | publish | status``: the gate between writing and publishing."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections import Counter

from bot.answers import repository
from bot.answers.linter import WordList, lint
from bot.answers.release import Release, build, due
from bot.answers.repository import Content
from bot.errors import ContentError
from bot.settings import Settings
from bot.storage.engine import migrate, open_engine
from bot.storage.releases import ReleaseStore

__all__ = ["configure", "publish"]

_SOON_DAYS = 30


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, do, says in (
        ("lint", check, "say what keeps the content from being published"),
        ("publish", publish, "lint, then make the content the live release"),
        ("status", status, "say what is live and what is due"),
    ):
        actions.add_parser(name, help=says).set_defaults(do=do)


def check(_options: argparse.Namespace, settings: Settings) -> int:
    """Lint the content; print one line a problem."""
    content = repository.load(settings.content_dir)
    problems = lint(content, _words(settings))
    for problem in problems:
        print(problem)
    print(
        f"{len(content.documents)} documents, {len(content.sources)} sources, {len(problems)} problems", file=sys.stderr
    )
    return 1 if problems else 0


def publish(_options: argparse.Namespace, settings: Settings) -> int:
    """Publish the content unless it is live already.

    Raises:
        ContentError: if the lint refuses it; what was live stays live.
    """
    content = repository.load(settings.content_dir)
    release = build(content)
    engine = open_engine(settings.resolved_database_url())
    migrate(engine)
    store = ReleaseStore(engine)
    if store.live_id() != release.id:
        _refuse_problems(content, settings)
    if store.publish(release, datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)):
        print(f"published release {release.id[:12]}: {_counted(release)}", file=sys.stderr)
    return 0


def status(_options: argparse.Namespace, settings: Settings) -> int:
    """Print what is live, whether the files differ from it, and what is due."""
    engine = open_engine(settings.resolved_database_url())
    migrate(engine)
    live = ReleaseStore(engine).load_live()
    files = build(repository.load(settings.content_dir))
    print(f"live release {live.id[:12]}: {_counted(live)}")
    print("the content files are what is live" if files.id == live.id else "the content files differ: content publish")
    today = datetime.datetime.now(datetime.timezone.utc).date()
    dates = {revision.id: due(revision.document) for revision in live.revisions.values()}
    past = sorted(i for i, day in dates.items() if day <= today)
    soon = sorted(i for i, day in dates.items() if today < day <= today + datetime.timedelta(days=_SOON_DAYS))
    print(f"{len(past)} past due and not served, {len(soon)} due within {_SOON_DAYS} days")
    for document_id in (*past, *soon):
        print(f"  {dates[document_id]}  {document_id}")
    return 0


def _refuse_problems(content: Content, settings: Settings) -> None:
    problems = lint(content, _words(settings))
    if problems:
        shown = "\n".join(str(problem) for problem in problems[:20])
        raise ContentError(f"The content has {len(problems)} problems and was not published:\n{shown}")


def _words(settings: Settings) -> WordList:
    return WordList.load(settings.content_dir / "tables" / "words.yml")


def _counted(release: Release) -> str:
    kinds = Counter(type(revision.document).__name__ for revision in release.revisions.values())
    return ", ".join(f"{count} {kind.lower()}" for kind, count in sorted(kinds.items()))
