"""Lines of JSON, in whatever order and however broken: the quick reader reads them as the exact reader does."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from batch_jobs import WELL

from triage.answers.bit_layout import BitLayout
from triage.answers.exact_reader import ExactReader
from triage.answers.row_faults import GoodRow
from triage.batch.reading.blocks import LineBlock, RowPlaces, with_margins
from triage.batch.reading.files import InputFile
from triage.batch.reading.rows import RowReader

if TYPE_CHECKING:
    from triage.protocol.protocol import Protocol

PIECES = (
    '"', ":", ",", "{", "}", "[", "]", "\\", "\n", " ", "\t", "\r", "\u00e9", "1", "null", '"":', '"a\\"":', '"id":',
    '"nose": "drips"', '"age": "adult"', '"answers":', '"answers": {',
)  # fmt: skip
SPACED = ((", ", ": "), (",", ":"), (" , ", ":  "), (",\t", ": "))


def a_line(rng: Random) -> str:
    """Return a saved case with its keys in any order, perhaps with a wrong answer, and perhaps broken."""
    answers = dict(rng.sample(list(WELL.items()), rng.randint(0, 5)))
    if rng.random() < 0.2:
        answers["age"] = "adlt"
    keys = [("id", rng.choice([f"a{rng.randrange(99)}", 7, None, "", "\u00fc"]))] if rng.random() < 0.8 else []
    keys += [("clinic", rng.choice(["x", 3, None, [1], {"k": 1}]))] if rng.random() < 0.3 else []
    keys += list(answers.items()) if rng.random() < 0.2 else [("answers", answers)]
    rng.shuffle(keys)
    line = json.dumps(dict(keys), ensure_ascii=rng.random() < 0.5, separators=rng.choice(SPACED))
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2, 3])):
        at, other = rng.randrange(len(line) + 1), rng.randrange(len(line) + 1)
        match rng.randrange(3):
            case 0:
                line = line[:at] + rng.choice(PIECES) + line[at:]
            case 1:
                line = line[:at] + line[at + rng.randint(1, 4) :]
            case _:
                line = line[:at] + line[other : other + rng.randint(1, 25)] + line[at:]
    return line


@pytest.mark.parametrize("keep", [(), ("clinic", "age")])
def test_lines_in_any_order_and_however_broken_are_read_as_the_exact_reader_reads_them(
    keep: tuple[str, ...], sneezing: Protocol
) -> None:
    rng, layout = Random(5), BitLayout(sneezing.questionnaire)
    quick, exact = RowReader(layout, keep), ExactReader(layout, keep)
    at = RowPlaces(InputFile(Path("f.ndjson"), "lines", Path("f.ndjson")))
    scored = 0
    for _ in range(15):
        text = "".join(f"{a_line(rng)}\n" for _ in range(60)).encode()
        rows = quick.read(LineBlock(with_margins(text), at))
        lines = [(number, line + b"\n") for number, line in enumerate(text.split(b"\n")) if line.strip(b" \t\r")]
        read = [(number, exact.read_line(line, at.of(number))) for number, line in lines]
        expected = [(number, one.id, one.number) for number, one in read if isinstance(one, GoodRow)]
        numbers = [sum(word << 64 * place for place, word in enumerate(one)) for one in rows.answers.T.tolist()]
        assert list(zip(rows.numbers.tolist(), map(json.loads, rows.ids), numbers, strict=True)) == expected
        assert [str(one) for one in rows.faults] == [
            str(fault) for _, one in read if not isinstance(one, GoodRow) for fault in one
        ]
        scored += len(expected)
    assert scored > 200
