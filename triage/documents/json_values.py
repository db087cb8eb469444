"""Single values as JSON and back; texts many at once, since most need no escapes."""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from triage.documents.document import WrittenNumber

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Incomplete", "as_json", "from_json", "read_value", "value_as_json"]

_DECODER = json.JSONDecoder(parse_int=WrittenNumber, parse_float=WrittenNumber)
_DEEPEST_WRITTEN = 300
"""So many levels are written, wherever on the stack the writer stands."""
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")


class Incomplete(bytes):
    """JSON of a value with something in it that JSON has no form for, such as NaN; null stands in its place."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({super().__repr__()})"


def value_as_json(value: Any) -> bytes:
    """Return a value as JSON: numbers as they were written, dates and the like as text.

    >>> value_as_json({"a": [1, WrittenNumber("1.50")], "b": "\u00e9"}).decode()
    '{"a": [1, 1.50], "b": "\u00e9"}'
    >>> value_as_json([1, float("nan"), bytes([255])])
    Incomplete(b'[1, null, null]')
    """
    without_form: list[Any] = []
    try:
        written = _written(value, without_form)
    except RecursionError:
        return Incomplete(b"null")
    raw = written.encode("utf-8", "backslashreplace")
    return Incomplete(raw) if without_form else raw


def _written(value: Any, without_form: list[Any], level: int = 0) -> str:
    if level > _DEEPEST_WRITTEN:
        raise RecursionError
    match value:
        case None | True | False:
            return {None: "null", True: "true", False: "false"}[value]
        case str():
            return json.dumps(value, ensure_ascii=False)
        case int():
            return str(value)
        case list() | tuple():
            return f"[{', '.join([_written(one, without_form, level + 1) for one in value])}]"
        case dict():
            pairs = [
                f"{_written(str(name), [])}: {_written(one, without_form, level + 1)}" for name, one in value.items()
            ]
            return f"{{{', '.join(pairs)}}}"
        case float() | Decimal():
            written = value.text if isinstance(value, WrittenNumber) else str(value)
            if _NUMBER.fullmatch(written):
                return written
            if math.isfinite(value):
                return repr(float(value))
        case bytes():
            try:
                return json.dumps(value.decode(), ensure_ascii=False)
            except UnicodeDecodeError:
                pass
        case _:
            return json.dumps(str(value), ensure_ascii=False)
    without_form.append(value)
    return "null"


def read_value(value: bytes) -> Any:
    """Return a value that stands in JSON; numbers know how they were written."""
    return _DECODER.decode(value.decode())


def as_json(texts: Sequence[str | None]) -> list[bytes | None]:
    r"""Return texts as JSON; None for one that is missing.

    >>> as_json(["a", None, 'say "x"'])
    [b'"a"', None, b'"say \\"x\\""']
    """
    if None in texts:
        written = iter(as_json([text for text in texts if text is not None]))
        return [None if text is None else next(written) for text in texts]
    joined = '"\n"'.join(texts)  # type: ignore[arg-type]
    plain = joined.count('"') == 2 * len(texts) - 2 and "\\" not in joined
    if plain and joined.replace("\n", "").isprintable():
        split: list[bytes | None] = list(f'"{joined}"'.encode().split(b"\n"))
        if len(split) == len(texts):
            return split
    return [value_as_json(text) for text in texts]


def from_json(values: Sequence[bytes | None]) -> list[str | None]:
    """Return values in JSON as texts: what is no text as it is written, and null as nothing.

    >>> from_json([b'"a"', b"[1]", None, b"null"])
    ['a', '[1]', None, None]
    """
    if values and None not in values:
        joined = b"\n".join(values)  # type: ignore[arg-type]
        if joined.count(b'"') == 2 * len(values) and b"\\" not in joined:
            split: list[str | None] = list(joined.decode().removeprefix('"').removesuffix('"').split('"\n"'))
            if len(split) == len(values):
                return split
    return [None if value in (None, b"null") else _text(value) for value in values]


def _text(value: bytes) -> str:
    text: str = json.loads(value) if value.startswith(b'"') else value.decode()
    return text.encode("utf-8", "backslashreplace").decode()  # half of a letter has no form but this
