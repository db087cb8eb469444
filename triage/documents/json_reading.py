"""JSON as data with places; a repeated key is a fault, since one of the two answers would be lost without a word."""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

import yaml

from triage.documents.document import Document, WrittenNumber
from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Place, Problem
from triage.documents.yaml_reading import CONTROL_SIGN, DEEPEST, node_of, refuse_depth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["IN_LINES", "read_json"]

_NOT_IN_YAML = re.compile(rf"\\u[dD][89a-fA-F][0-9a-fA-F]{{2}}|{CONTROL_SIGN.pattern}|[\x85\u2028\u2029]")
"""Halves of a letter, control signs, and line ends that are none in JSON."""

IN_LINES = "One object a line is NDJSON: let the file's name end in .ndjson."


def read_json(text: str, source: str, *, first_line: int = 1, first_column: int = 1) -> Document:
    """Read JSON text into plain data with places; it may begin anywhere in a longer text.

    Raises:
        DataFault: broken JSON, a repeated key, or more levels than can be read.

    >>> read_json('{"a": 1, "a": 2}', "form")
    Traceback (most recent call last):
    triage.documents.problems.DataFault: form:1:10  The key 'a' stands here a second time.

    """
    repeated: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(items)
        if len(result) < len(items):
            names = [name for name, _ in items]
            repeated.extend(name for name in result if names.count(name) > 1)
        return result

    try:
        data = _loaded(text, pairs)
    except json.JSONDecodeError as error:
        column = error.colno + (first_column - 1 if error.lineno == 1 else 0)
        place = Place(source, error.lineno + first_line - 1, column)
        hint = IN_LINES if error.msg == "Extra data" and error.lineno > 1 else None
        raise DataFault([Problem(place, f"Broken JSON: {error.msg}.", hint)]) from None
    except RecursionError:
        problem = Problem(Place(source, first_line), f"This is nested more than {DEEPEST} levels deep.")
        raise DataFault([problem]) from None
    document = Document(source, data, _Later(text), first_line, first_column)
    if repeated:
        raise DataFault(_repeats(document, text, repeated))
    return document


def _loaded(text: str, pairs: Callable[[list[tuple[str, Any]]], dict[str, Any]]) -> Any:
    """Return what a text holds; in most of them Python's own reading of numbers, which is quicker, changes none."""
    if "-0" not in text:
        try:
            return json.loads(text, object_pairs_hook=pairs, parse_float=WrittenNumber)
        except json.JSONDecodeError:
            raise
        except ValueError:  # a number of more digits than Python reads
            pass
    return json.loads(text, object_pairs_hook=pairs, parse_float=WrittenNumber, parse_int=_whole_number)


def _whole_number(text: str) -> float:
    """Return a whole number; as it is written where it would change, or is longer than Python reads."""
    try:
        return WrittenNumber(text) if text == "-0" else int(text)
    except ValueError:
        return WrittenNumber(text)


class _Later:
    """Composes the nodes of a text when they are asked for first, which is rarely."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __call__(self) -> yaml.Node | None:
        return self._node

    @cached_property
    def _node(self) -> yaml.Node | None:
        return _compose_json(self._text)


def _repeats(document: Document, text: str, names: list[str]) -> list[Problem]:
    try:
        marks = [(key.value, key.start_mark) for key in _repeated_keys(_compose_json(text))]
    except (yaml.YAMLError, DataFault):
        marks = []
    found = [(name, document.place_of(mark)) for name, mark in marks]
    found = found or [(name, Place(document.source, document.place().line)) for name in dict.fromkeys(names)]
    return [Problem(place, f"The key {shown(name)} stands here a second time.") for name, place in found]


def _compose_json(text: str) -> yaml.Node | None:
    """Read JSON as the YAML it also is, for its places; done once, and only when a place is asked for."""
    text = _NOT_IN_YAML.sub(lambda found: "\\u0020" if len(found[0]) > 1 else " ", text)
    refuse_depth(text, "")
    return node_of(text)


def _repeated_keys(node: yaml.Node | None) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        met = set()
        for key, value in node.value:
            if key.value in met:
                yield key
            met.add(key.value)
            yield from _repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated_keys(item)
