"""Texts as JSON and back, many at once: most need no escapes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["as_json", "from_json"]


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
