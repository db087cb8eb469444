"""Text files as data that remembers where each value stands.

YAML is read as version 1.2 reads it: ``yes``, ``no`` and dates are text, a repeated key is an error. JSON too refuses
a repeated key, since one of the two answers would be lost without a word.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import yaml

from triage.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["Document", "Steps", "WrittenNumber", "decode", "read_json", "read_text", "read_yaml", "read_yaml_file"]

#: Where a value stands inside a document: keys and indexes from the root.
Steps = tuple[str | int, ...]

_QuickLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 60
_NO_WORD_BEGINS = frozenset(("", *"~nNtTfF+-.0123456789"))
"""First signs of plain scalars that may be something other than text."""
_NULL = re.compile(r"(?:|~|null|Null|NULL)\Z")
_TRUE = re.compile(r"(?:true|True|TRUE)\Z")
_FALSE = re.compile(r"(?:false|False|FALSE)\Z")
_INTEGER = re.compile(r"(?:0|-?[1-9][0-9]{0,17})\Z")
"""Whole numbers; ``007`` and ``+49`` are text, for as numbers they would lose a part of themselves."""
_CONTROL = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_IN_YAML = re.compile(rf"\\u[dD][89a-fA-F][0-9a-fA-F]{{2}}|{_CONTROL.pattern}|[\x85\u2028\u2029]")
"""Halves of a letter, control signs, and line ends that are none in JSON."""
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?\Z")


_NOT_CLOSED = (
    "Is a space missing after a colon, or a quotation mark or bracket not closed, in this line or the one before?"
)


class WrittenNumber(float):
    """A number that remembers how it was written, for in ids ``1e3`` and ``1000.0`` differ.

    >>> WrittenNumber("1.50"), WrittenNumber("1.50") * 2
    (1.50, 3.0)
    """

    def __new__(cls, text: str) -> Self:
        """Return the number that a text is."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    text: str

    def __repr__(self) -> str:
        return self.text

    def __getnewargs__(self) -> tuple[str]:  # type: ignore[override]
        """Return what it is made of again in another process."""
        return (self.text,)


class _Loader(_QuickLoader):  # type: ignore[misc]
    """Leaves the kinds of values alone: ``_scalar`` decides them, and looking them up takes a fifth of the time."""

    def resolve(self, *_: Any) -> str:
        return ""

    def descend_resolver(self, *_: Any) -> None: ...

    def ascend_resolver(self) -> None: ...


@dataclass(frozen=True)
class Document:
    """Data read from a text, and the place of every value in it."""

    source: str
    data: Any
    _compose: Callable[[], yaml.Node | None]
    _first_line: int = 1
    _first_column: int = 1

    def place(self, path: Steps = ()) -> Place:
        """Return where the value at a path stands; the nearest enclosing value if it is not there."""
        try:
            node = self._compose()
        except (yaml.YAMLError, DataFault):
            node = None
        if node is None:
            return Place(self.source, self._first_line)
        mark = node.start_mark
        for step in path:
            key, value = _child(node, step)
            if value is None:
                break
            node, mark = value, (key or value).start_mark
        return self.place_of(mark)

    def place_of(self, mark: yaml.Mark) -> Place:
        """Return the place of a mark that YAML set."""
        first = self._first_column if mark.line == 0 else 1
        return Place(self.source, mark.line + self._first_line, mark.column + first)


def _child(node: yaml.Node, step: str | int) -> tuple[yaml.Node | None, yaml.Node | None]:
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == step), (None, None))
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return None, node.value[step]
    return None, None


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file, with or without byte order mark.

    Raises:
        DataFault: the file is missing, may not be read, is a folder, is empty, or is not UTF-8.

    """
    place = Place(str(path))
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise DataFault([Problem(place, "There is no such file.")]) from None
    except IsADirectoryError:
        raise DataFault([Problem(place, "This is a folder, not a file.")]) from None
    except PermissionError:
        raise DataFault([Problem(place, "This file may not be read (no permission).")]) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataFault([Problem(place, f"This file cannot be read: {reason}.")]) from None
    return decode(raw, str(path))


def decode(raw: bytes, source: str) -> str:
    """Return bytes as text; see :func:`read_text` for what is refused."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        hint = "Save the file with the encoding UTF-8."
        raise DataFault(
            [Problem(Place(source, line), "This is not UTF-8 text (a byte that no letter has).", hint)]
        ) from None
    if not text.strip():
        raise DataFault([Problem(Place(source), "This file is empty.")])
    return text


def read_yaml_file(path: Path) -> Document:
    """Read a YAML file; see :func:`read_yaml` and :func:`read_text` for what is refused."""
    return read_yaml(read_text(path), str(path))


def read_yaml(text: str, source: str) -> Document:
    r"""Read YAML text into plain data with places.

    Raises:
        DataFault: broken YAML, a repeated key, a key that is no text, an alias, or more than 60 levels.

    >>> read_yaml("smoker: no\nage: 40", "form").data
    {'smoker': 'no', 'age': 40}

    """
    regular = _read_regular(text)
    if regular is not None:
        return Document(source, regular.data, lambda: regular.node)
    _refuse_depth(text, source)
    problems = list(_aliases_and_tags(text, source))
    try:
        node = yaml.compose(text, Loader=_Loader)
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
            if isinstance(event, yaml.AliasEvent):
                mark: Any = event.start_mark
                name = str(event.anchor)
                if (name, mark.line) not in met:
                    met.add((name, mark.line))
                    place = Place(source, mark.line + 1, mark.column + 1)
                    yield Problem(place, f"A YAML alias (*{name}) is not read here.", "Write the value out again.")
            elif isinstance(event, yaml.NodeEvent) and _tag(event):
                tagged: Any = event.start_mark
                place = Place(source, tagged.line + 1, tagged.column + 1)
                yield Problem(place, f"A YAML tag ({_tag(event)}) is not read here.", "Leave it out.")
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
        message, hint = f"Broken YAML: no value begins with {sign!r}.", "Put the value in quotation marks."
    return Problem(Place(source, mark.line + 1, mark.column + 1), message, hint)


def _sign_at(text: str, line: int, column: int) -> str:
    lines = text.split("\n")
    return lines[line][column : column + 1] if line < len(lines) else ""


def _control_sign(text: str, source: str, error: yaml.YAMLError) -> Problem:
    """Say where the sign stands that no YAML may hold."""
    found = _CONTROL.search(text)
    if found is None:
        return Problem(Place(source), f"Broken YAML: {error}.")
    line, column = text.count("\n", 0, found.start()) + 1, found.start() - text.rfind("\n", 0, found.start())
    message = f"Broken YAML: a control sign (U+{ord(found[0]):04X}) stands here."
    return Problem(Place(source, line, column), message, "Delete it.")


@dataclass
class _Open:
    """A value that is being read, with the node that says where it stands."""

    node: yaml.Node
    data: Any
    key: yaml.ScalarNode | None = None
    """The key of a mapping whose value comes next."""


def _read_regular(text: str) -> _Open | None:
    """Read text in which nothing is out of the ordinary, in one go, which takes half the time.

    Anything else (an anchor, a tag, a repeated key, many levels, a fault) gives None; the long way says what is wrong.
    """
    root: _Open | None = None
    open_ones: list[_Open] = []
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.CollectionEndEvent):
                open_ones.pop()
                continue
            if not isinstance(event, yaml.NodeEvent):
                if root is not None and isinstance(event, yaml.DocumentStartEvent):
                    return None
                continue
            if isinstance(event, yaml.AliasEvent) or event.anchor is not None or _tag(event):
                return None
            read = _opened(event)
            if not open_ones:
                root = read
            elif not _take_in(open_ones[-1], read):
                return None
            if isinstance(event, yaml.CollectionStartEvent):
                open_ones.append(read)
                if len(open_ones) > _DEEPEST:
                    return None
    except yaml.YAMLError:
        return None
    return root


def _opened(event: yaml.NodeEvent) -> _Open:
    """Return what an event begins; a scalar is whole with it."""
    start: Any = event.start_mark
    end: Any = event.end_mark
    if isinstance(event, yaml.ScalarEvent):
        node = yaml.ScalarNode("", event.value, start, end, event.style)
        return _Open(node, _scalar(node))
    if isinstance(event, yaml.MappingStartEvent):
        return _Open(yaml.MappingNode("", [], start, end), {})
    return _Open(yaml.SequenceNode("", [], start, end), [])


def _take_in(parent: _Open, read: _Open) -> bool:
    """Add a key, a value or an item to what is being read; False for a key that is none or stands there already."""
    if isinstance(parent.node, yaml.SequenceNode):
        parent.node.value.append(read.node)
        parent.data.append(read.data)
    elif parent.key is not None:
        parent.node.value.append((parent.key, read.node))
        parent.data[parent.key.value] = read.data
        parent.key = None
    elif isinstance(read.node, yaml.ScalarNode) and read.node.value not in parent.data:
        parent.key = read.node
    else:
        return False
    return True


def _refuse_depth(text: str, source: str) -> None:
    """Refuse text that nests too deeply, before a recursive reader meets it; the stream of events is not recursive."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > _DEEPEST:
                raise DataFault([Problem(Place(source), f"This is nested more than {_DEEPEST} levels deep.")])
    except yaml.YAMLError:
        return  # it is broken, but not before it is too deep; the reader will say where


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
            problems.append(Problem(place, f"The key {key.value!r} stands here a second time."))
        result[key.value] = _construct(value, source, problems, seen)
    return result


def _scalar(node: yaml.ScalarNode) -> str | float | bool | None:
    text: str = node.value
    if node.style or text[:1] not in _NO_WORD_BEGINS:  # quoted or block text; plain is None in Python and "" in C
        return text
    if _NULL.match(text):
        return None
    if _TRUE.match(text):
        return True
    if _FALSE.match(text):
        return False
    if _INTEGER.match(text):
        return int(text)
    return WrittenNumber(text) if _FLOAT.match(text) else text


def read_json(text: str, source: str, *, first_line: int = 1, first_column: int = 1) -> Document:
    """Read JSON text into plain data with places; it may begin anywhere in a longer text.

    Raises:
        DataFault: broken JSON, a repeated key, or more levels than can be read.

    >>> read_json('{"a": 1, "a": 2}', "form")
    Traceback (most recent call last):
    triage.problems.DataFault: form:1:10  The key 'a' stands here a second time.

    """
    repeated: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(items)
        if len(result) < len(items):
            names = [name for name, _ in items]
            repeated.extend(name for name in result if names.count(name) > 1)
        return result

    try:
        data = json.loads(text, object_pairs_hook=pairs, parse_float=WrittenNumber, parse_int=_whole_number)
    except json.JSONDecodeError as error:
        column = error.colno + (first_column - 1 if error.lineno == 1 else 0)
        place = Place(source, error.lineno + first_line - 1, column)
        raise DataFault([Problem(place, f"Broken JSON: {error.msg}.")]) from None
    except RecursionError:
        problem = Problem(Place(source, first_line), f"This is nested more than {_DEEPEST} levels deep.")
        raise DataFault([problem]) from None
    document = Document(source, data, _Later(text), first_line, first_column)
    if repeated:
        raise DataFault(_repeats(document, text, repeated))
    return document


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
    return [Problem(place, f"The key {name!r} stands here a second time.") for name, place in found]


def _compose_json(text: str) -> yaml.Node | None:
    """Read JSON as the YAML it also is, for its places; done once, and only when a place is asked for."""
    text = _NOT_IN_YAML.sub(lambda found: "\\u0020" if len(found[0]) > 1 else " ", text)
    _refuse_depth(text, "")
    return yaml.compose(text, Loader=_Loader)


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
