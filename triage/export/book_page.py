"""The rule book as one page: HTML that needs nothing but itself, or Markdown with the same headings."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

from triage.documents.filled_pages import content_digest, filled_page, our_own
from triage.export.book_coverage import coverage_of
from triage.export.book_drawing import tone_of
from triage.export.book_entries import plain_words
from triage.export.book_map import map_of

if TYPE_CHECKING:
    from triage.documents.filled_pages import Filter
    from triage.export.book_entries import Book

__all__ = ["BOOK_SUFFIXES", "book_page"]

BOOK_SUFFIXES = {".html": "html", ".htm": "html", ".md": "md"}
"""The form of a book by the end of its file's name."""


def book_page(form: str, book: Book) -> str:
    """Return a book as ``html`` or ``md``; the same bytes for the same book."""
    style, script = _part("style.css"), _part("script.js")
    values = {
        "book": book,
        "protocol": book.protocol,
        "map": map_of(book),
        "coverage": coverage_of(book),
        "style": our_own(style),  # our own files, and no data in them
        "script": our_own(script),
        "style_digest": content_digest(style),
        "script_digest": content_digest(script),
    }
    filters: dict[str, Filter] = {"plain_words": plain_words, "tone": tone_of}
    page = filled_page("triage.export", "books", f"book.{form}", values, filters)
    return page if form == "html" else re.sub(r"\n{3,}", "\n\n", page)


def _part(name: str) -> str:
    return (files("triage.export") / "books" / name).read_text(encoding="utf-8")
