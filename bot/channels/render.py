"""Renderers: a Reply in a channel's own form. They drop nothing that warns."""

from __future__ import annotations

import textwrap

from bot.reply import CardPart, ChoicesPart, HelplinesPart, Reply, SentenceKind

__all__ = ["plain_text"]

_WIDTH = 88


def plain_text(reply: Reply) -> str:
    """Return a reply as plain text for a terminal: cards, sources, lines, numbered choices."""
    blocks: list[str] = []
    number = 0
    for part in reply.parts:
        if isinstance(part, CardPart):
            blocks.append(_card(part))
        elif isinstance(part, HelplinesPart):
            blocks.append("\n".join(_line(line.name, line.phone, line.text, line.hours) for line in part.lines))
        elif isinstance(part, ChoicesPart):
            rows = [part.prompt]
            for choice in part.choices:
                number += 1
                rows.append(f"  {number}. {choice.label}")
            blocks.append("\n".join(rows))
    return "\n\n".join(block for block in blocks if block)


def _card(card: CardPart) -> str:
    rows = [card.title.upper()] if card.title else []
    if card.rating:
        rows.append(f"[{card.rating.level.value} | {card.rating.evidence.value.replace('_', ' ')}]")
    for sentence in card.sentences:
        mark = "! " if sentence.kind is SentenceKind.WARNING else "  "
        receipts = f" [{', '.join(sentence.receipts)}]" if sentence.receipts else ""
        rows += textwrap.wrap(mark + sentence.text + receipts, _WIDTH, subsequent_indent="  ")
    rows += [f"  {source.id}: {source.title}. {source.publisher} {source.date}".rstrip() for source in card.sources]
    if card.sources and card.review.checked:
        rows.append(f"  ({card.review.status.value} {card.review.checked})")
    return "\n".join(rows)


def _line(*pieces: str) -> str:
    return "  " + "  ·  ".join(piece for piece in pieces if piece)
