"""Values as JSON and back; texts many at once, since most need no escapes."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["as_json", "from_json", "value_as_json"]


def value_as_json(value: Any) -> bytes:
    """Return a value as JSON: NaN and infinity as null, other things that JSON has no form for as text.

    >>> value_as_json({"a": [1, float("nan")], "b": "\u00e9"}).decode()
    '{"a": [1, null], "b": "\u00e9"}'
    """
    try:
        written = json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
    except ValueError:
        written = json.dumps(_finite(value), ensure_ascii=False, default=str)
    except RecursionError:  # it could only just be read
        written = "null"
    return written.encode("utf-8", "backslashreplace")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    return value


def as_json(texts: Sequence[str | None]) -> list[bytes | None]:
    r"""Return texts as JSON; None for one that is empty or missing.

    >>> as_json(["a", None, 'say "x"', ""])
    [b'"a"', None, b'"say \\"x\\""', None]
    """
    if texts and None not in texts and "" not in texts:
        joined = '"\n"'.join(texts)  # type: ignore[arg-type]
        plain = joined.count('"') == 2 * len(texts) - 2 and "\\" not in joined
        if plain and joined.replace("\n", "").isprintable():
            split: list[bytes | None] = list(f'"{joined}"'.encode().split(b"\n"))
            if len(split) == len(texts):
                return split
    return [json.dumps(text, ensure_ascii=False).encode() if text else None for text in texts]


def from_json(values: Sequence[bytes | None]) -> list[str | None]:
    """Return values in JSON as texts: what is no text as it is written.

    >>> from_json([b'"a"', b"[1]", None])
    ['a', '[1]', None]
    """
    if values and None not in values:
        joined = b"\n".join(values)  # type: ignore[arg-type]
        if joined.count(b'"') == 2 * len(values) and b"\\" not in joined:
            split: list[str | None] = list(joined.decode().removeprefix('"').removesuffix('"').split('"\n"'))
            if len(split) == len(values):
                return split
    return [None if value is None else _text(value) for value in values]


def _text(value: bytes) -> str:
    read = json.loads(value)
    text = read if isinstance(read, str) else value.decode()
    return text.encode("utf-8", "backslashreplace").decode()  # half of a letter has no form but this
