"""Fills the numbers of a country into fixed text. The only four things that are ever filled in."""

from __future__ import annotations

from bot.answers.models import HelplineRow, Helplines
from bot.answers.release import Release
from bot.reply import Helpline

__all__ = ["UNKNOWN_COUNTRY", "localise", "shown_line", "table_for"]

# The table of words such as "your local emergency number", for when nobody said where they are.
UNKNOWN_COUNTRY = "helplines.unknown"


def table_for(release: Release, country: str) -> Helplines:
    """Return the helpline table of a country; the one without numbers when the country is not known or not covered.

    Raises:
        KeyError: if the release has no table for an unknown country; the linter refuses such a release.
    """
    found = release.countries.get(country) if country else None
    if found is not None:
        return found
    table = release.get(UNKNOWN_COUNTRY, Helplines)
    if table is None:
        raise KeyError(UNKNOWN_COUNTRY)
    return table


def shown_line(row: HelplineRow) -> Helpline:
    """Return a row of the table as a reply shows it."""
    return Helpline(row.id, row.name, row.phone, row.text, row.hours, row.who_answers, row.verified)


def localise(text: str, table: Helplines) -> str:
    """Return a sentence with the country's numbers, or words for them, in place of the tokens."""
    if "{" not in text:
        return text
    return (
        text.replace("{EMERGENCY}", table.emergency)
        .replace("{POISON}", table.poison_say)
        .replace("{CRISIS}", table.crisis_say)
        .replace("{DRUG}", table.drug_say)
    )
