"""The words of the surfaces that are not the protocol's: one file for each language, read when it is first needed.

Letter, page and terminal take theirs from here by name, such as ``letter.lead``; ``{title}`` in a text is filled in.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from triage.documents.yaml_reading import read_yaml_file

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Words", "words_in"]

_FOLDER = Path(__file__).with_name("languages")
_USUAL = "en"


class Words:
    """The words of one language, by name."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self.texts = texts

    def __call__(self, name: str, **values: object) -> str:
        """Return a text with values filled in."""
        return self.texts[name].format_map(values)

    def of(self, *groups: str) -> dict[str, str]:
        """Return the texts of some groups by their whole names."""
        return {name: text for name, text in self.texts.items() if name.split(".")[0] in groups}


@cache
def words_in(language: str) -> Words:
    """Return the words for a protocol's language; English where there are none in it yet."""
    path = _FOLDER / f"{language}.yaml"
    if not language.isalpha() or not path.is_file():
        language, path = _USUAL, _FOLDER / f"{_USUAL}.yaml"
    groups = read_yaml_file(path).data
    return Words(language, {f"{group}.{name}": text for group, texts in groups.items() for name, text in texts.items()})
