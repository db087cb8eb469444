"""YAML as data with places, read as version 1.2 reads it: ``yes``, ``no`` and dates are text.

A repeated key, an alias and a tag are faults: one of two answers would be lost without a word, and an alias or a tag
means something that does not stand there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from triage.documents.document import Document, WrittenNumber, read_text
from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["CONTROL_SIGN", "DEEPEST", "node_of", "read_yaml", "read_yaml_file", "refuse_depth"]

_QuickLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DEEPEST = 60
"""So many levels may be nested."""
_MOST_VALUES = 1_000_000
"""So many values, keys among them, may stand in one text; each takes a hundred times the room it has there."""
_NUMBER_BEGINS = frozenset("+-.0123456789")
_NO_TEXT: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"(?:0|-?[1-9][0-9]{0,17})\Z")
"""Whole numbers; ``007`` and ``+49`` are text, for as numbers they would lose a part of themselves."""
CONTROL_SIGN: re.Pattern[str] = yaml.reader.Reader.NON_PRINTABLE
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?\Z")
_NOT_CLOSED = (
    "Is a space missing after a colon, or a quotation mark or bracket not closed, in this line or the one before?"
)


_ENDS = frozenset((yaml.MappingEndEvent, yaml.SequenceEndEvent))
_NODES: dict[Any, Any] = {
    yaml.ScalarEvent: None,
    yaml.MappingStartEvent: yaml.MappingNode,
    yaml.SequenceStartEvent: yaml.SequenceNode,
}
"""What begins a value, and the nodes of those that hold others."""


class _Loader(_QuickLoader):  # type: ignore[misc]
    """Leaves the kinds of values alone: ``_scalar`` decides them, and looking them up takes a fifth of the time."""

    def resolve(self, *_: Any) -> str:
        return ""

    def descend_resolver(self, *_: Any) -> None: ...

    def ascend_resolver(self) -> None: ...


def read_yaml_file(path: Path) -> Document:
    """Read a YAML file; see :func:`read_yaml` and :func:`read_text` for what is refused."""
    return read_yaml(read_text(path), str(path))


def read_yaml(text: str, source: str) -> Document:
    r"""Read YAML text into plain data with places.

    Raises:
        DataFault: broken YAML, a repeated key, a key that is no text, an alias, or more levels or values than fit.

    >>> read_yaml("smoker: no\nage: 40", "form").data
    {'smoker': 'no', 'age': 40}

    """
    regular = _read_regular(text, source)
    if regular is not None:
        return Document(source, regular.data, lambda: regular.node)
    refuse_depth(text, source)
    problems = list(_aliases_and_tags(text, source))
    try:
        node = node_of(text)
    except yaml.MarkedYAMLError as error:
        if not (problems and "alias" in str(error.problem)):  # said already
            problems.append(_broken_yaml(error, text, source))
        raise DataFault(problems) from None
    except yaml.YAMLError as error:
        raise DataFault([*problems, _control_sign(text, source, error)]) from None
    data = _construct(node, source, problems, set()) if node is not None else None
    if problems:
        raise DataFault(sorted(problems, key=lambda problem: (problem.place.line or 0, problem.place.column or 0)))
    return Document(source, data, lambda: node)


def _aliases_and_tags(text: str, source: str) -> Iterator[Problem]:
    """Yield what is wrong with each alias, once a line, and each tag; the stream of events says where they stand."""
    met: set[tuple[str, int]] = set()
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if not isinstance(event, yaml.NodeEvent):
                continue
            mark: Any = event.start_mark
            place = Place(source, mark.line + 1, mark.column + 1)
            name = str(event.anchor)
            if isinstance(event, yaml.AliasEvent) and (name, mark.line) not in met:
                met.add((name, mark.line))
                yield Problem(place, f"A YAML alias (*{name}) is not read here.", "Write the value out again.")
            elif tag := _tag(event):
                yield Problem(place, f"A YAML tag ({tag}) is not read here.", "Leave it out.")
    except yaml.YAMLError:
        return  # the reader will say what is broken


def _tag(event: yaml.NodeEvent) -> str | None:
    """Return the tag written before a value, such as ``!!binary``."""
    tag: str | None = getattr(event, "tag", None)
    return tag and tag.replace("tag:yaml.org,2002:", "!!")


def _broken_yaml(error: yaml.MarkedYAMLError, text: str, source: str) -> Problem:
    """Say what is broken in words that help to mend it, and where it begins."""
    said, mark = error.problem or error.context or "", error.problem_mark or error.context_mark
    message, hint = f"Broken YAML: {said}.", None
    if said == "could not find expected ':'":
        mark, hint = error.context_mark or mark, _NOT_CLOSED
    elif "end of stream" in said and error.context == "while scanning a quoted scalar":
        mark, message = error.context_mark or mark, "Broken YAML: this quotation mark is not closed."
    elif said.startswith("mapping values are not allowed"):
        hint = "Begin lines of one level in one column; put a text with a colon in it in quotation marks."
    elif "another document" in said or "<document start>" in said:
        message = "Broken YAML: a second document begins here, and a file holds one."
        hint = "Put several cases in one list, each beginning with '- '."
    if mark is None:
        return Problem(Place(source), message, hint)
    sign = _sign_at(text, mark.line, mark.column)
    if sign == "\t":
        message, hint = "Broken YAML: a tab stands here, where only spaces may stand.", "Indent with spaces."
    elif said == "found character that cannot start any token":
        message, hint = f"Broken YAML: no value begins with {shown(sign)}.", "Put the value in quotation marks."
    return Problem(Place(source, mark.line + 1, mark.column + 1), message, hint)


def _sign_at(text: str, line: int, column: int) -> str:
    lines = text.split("\n")
    return lines[line][column : column + 1] if line < len(lines) else ""


def _control_sign(text: str, source: str, error: yaml.YAMLError) -> Problem:
    """Say where the sign stands that no YAML may hold."""
    found = CONTROL_SIGN.search(text)
    if found is None:
        return Problem(Place(source), f"Broken YAML: {error}.")
    line, column = text.count("\n", 0, found.start()) + 1, found.start() - text.rfind("\n", 0, found.start())
    message = f"Broken YAML: a control sign (U+{ord(found[0]):04X}) stands here."
    return Problem(Place(source, line, column), message, "Delete it.")


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being read, with the node that says where it stands."""

    node: Any
    data: Any
    key: Any = None
    """The key of a mapping whose value comes next."""


def _read_regular(text: str, source: str) -> _Open | None:
    """Read text in which nothing is out of the ordinary, in one go, which takes a third of the time.

    Anything else (an anchor, a tag, a repeated key, many levels, a fault) gives None; the long way says what is wrong.
    The event of a scalar stands for its node: it knows its value and its place, too.

    Raises:
        DataFault: there are more than a million values.

    """
    parent = whole = _Open(yaml.SequenceNode("", []), [])
    open_ones = [whole]
    values = 0
    events: Iterator[Any] = yaml.parse(text, Loader=_Loader)
    try:
        for event in events:
            kind = type(event)
            if kind in _ENDS:
                open_ones.pop()
                parent = open_ones[-1]
                continue
            if kind not in _NODES:
                if kind is yaml.AliasEvent:
                    return None
                continue
            values += 1
            if values > _MOST_VALUES:
                raise _too_many(source)
            if event.anchor is not None or event.tag:
                return None
            if kind is yaml.ScalarEvent:
                read, node, data = None, event, _scalar(event)
            else:
                node = _NODES[kind]("", [], event.start_mark, event.end_mark)
                read = _Open(node, {} if kind is yaml.MappingStartEvent else [])
                data = read.data
            if parent.data.__class__ is list:
                parent.node.value.append(node)
                parent.data.append(data)
            elif parent.key is not None:
                parent.node.value.append((parent.key, node))
                parent.data[parent.key.value] = data
                parent.key = None
            elif read is None and event.value not in parent.data:
                parent.key = event
            else:
                return None
            if read is not None:
                parent = read
                open_ones.append(read)
                if len(open_ones) > DEEPEST + 1:
                    return None
    except yaml.YAMLError:
        return None
    return _Open(whole.node.value[0], whole.data[0]) if len(whole.data) == 1 else None


def node_of(text: str) -> yaml.Node | None:
    """Return the nodes of a text, which know where they stand.

    Raises:
        YAMLError: the text is broken.

    """
    return yaml.compose(text, Loader=_Loader)


def refuse_depth(text: str, source: str) -> None:
    """Refuse text that nests too deeply or holds too much, before a reader that is recursive and keeps all meets it.

    Raises:
        DataFault: there are more than 60 levels, or more than a million values.

    """
    depth = values = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            values += isinstance(event, yaml.NodeEvent)
            if values > _MOST_VALUES:
                raise _too_many(source)
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > DEEPEST:
                raise DataFault([Problem(Place(source), f"This is nested more than {DEEPEST} levels deep.")])
    except yaml.YAMLError:
        return  # it is broken, but not before it is too deep; the reader will say where


def _too_many(source: str) -> DataFault:
    hint = "Many cases are better written as NDJSON, an object a line."
    return DataFault([Problem(Place(source), f"This holds more than {_MOST_VALUES:,} values.", hint)])


def _construct(node: yaml.Node, source: str, problems: list[Problem], seen: set[int]) -> Any:
    if id(node) in seen:
        return None  # an alias, said already
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, source, problems, seen)
    if isinstance(node, yaml.SequenceNode):
        return [_construct(item, source, problems, seen) for item in node.value]
    assert isinstance(node, yaml.ScalarNode)
    return _scalar(node)


def _mapping(node: yaml.MappingNode, source: str, problems: list[Problem], seen: set[int]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in node.value:
        place = Place(source, key.start_mark.line + 1, key.start_mark.column + 1)
        if not isinstance(key, yaml.ScalarNode):
            problems.append(Problem(place, "A key must be a word."))
            continue
        if key.value in result:
            problems.append(Problem(place, f"The key {shown(key.value)} stands here a second time."))
        result[key.value] = _construct(value, source, problems, seen)
    return result


def _scalar(node: yaml.ScalarNode | yaml.ScalarEvent) -> str | float | bool | None:
    text: str = node.value
    if node.style:  # quoted or block text; plain is None in Python and "" in C
        return text
    if text in _NO_TEXT:
        return _NO_TEXT[text]
    if text[0] not in _NUMBER_BEGINS:
        return text
    if _INTEGER.match(text):
        return int(text)
    return WrittenNumber(text) if _FLOAT.match(text) else text
