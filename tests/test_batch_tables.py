"""Tables as text in a batch: each is read as the plain path reads it, broken rows too."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from batch_jobs import by_the_plain_path, plain_lines, scored

from triage.engines import build_engine

if TYPE_CHECKING:
    from triage.protocol.protocol import Protocol

TABLES = {
    "a row too long": 'id,nose,age\na,drips,adult\nb,drips,adult,x\nc,bleeds,adult\n',
    "a row too short": 'id,nose,age\na,drips,adult\nb,drips\nc,bleeds,adult\n',
    "empty lines": 'id,nose\n\na,drips\n,\n  ,  \nb,bleeds\n\n',
    "only an id": "id,nose,age\na,,\nb,drips,\n",
    "an unknown column": "id,nosee,age\na,drips,adult\nb,,adult\n",
    "an unknown choice": "id,nose\na,drips;drop\nb,drips\n",
    "several choices": 'id,nose\na,drips; bleeds ;\nb,"drips;bleeds"\nc,;\nd,drips;drips\n',
    "two for a single choice": "id,since\na,hours;days\nb,hours\n",
    "none of these with others": "id,nose\na,nothing_else;drips\n",
    "a cell over two lines": 'id,nose,age\n"a\nb",drips,adult\nc,"drips\n",adult\nd,bleeds,adult\n',
    "a row hidden in a cell": 'id,nose\na,"drips\nb,bleeds\nc,drips"\nd,bleeds\n',
    "a delimiter in a cell": 'id,nose\n"a,b",drips\n"c, d",bleeds\n',
    "quotation marks in a cell": 'id,nose\n"say ""x""",drips\n5" nail,bleeds\nz,drips\n',
    "a quotation mark in a cell, then a cell over two lines": 'id,nose\n5" x,drips\n"c\nd",bleeds\ne,drips\n',
    "a quotation mark at the end of a cell": 'id,nose\nx",drips\n"c\nd",bleeds\n"e",drips\n',
    "a quotation mark left open": 'id,nose\na,drips\nb,"drips\nc,bleeds\n',
    "letters behind a quotation mark": 'id,nose\na,"drips"x\nb,bleeds\n',
    "spaces around codes": "id , nose\n a , drips \n",
    "an id of several parts": "id,nose\na;b,drips\nc,drips\n",
    "no id": "nose\ndrips\nbleeds\n",
    "an empty id": "id,nose\n,drips\nb,bleeds\n",
    "a formula as id": "id,nose\n=1+1,drips\n",
    "another questionnaire": "id,questionnaire,nose\na,sneezing,drips\nb,coughing,drips\nc,,drips\n",
    "times and versions": "id,answered_at,protocol,nose\na,2026-01-02T03:04:05Z,1.0,drips\nb,,,drips\n",
    "a column named answers": "id,answers,nose\na,x,drips\nb,,drips\n",
    "a column without a name": "id,,nose\na,x,drips\nb,,drips\n",
    "letters": "id,nose\nZoë 中,drips\n",
    "not UTF-8": b"id,nose\ncaf\xe9,drips\nb,bleeds\nc,dr\xffips\n",
    "Windows": "\ufeffid,nose\r\na,drips\r\n\r\nb,bleeds\r\n",
    "a bell": "id,nose\na\x07,drips\nb,drips\x07\n",
    "a return in a cell": "id,nose,age\na,dri\rps,adult\nb,drips,adult\n",
    "a return at the end of a cell": "id,nose,age\na,drips\r,adult\nb\r,drips,adult\nc,drips,adult\r\r\n",
    "a return at the beginning of a line": "id,nose\n\ra,drips\nb,drips\n",
    "a return between two rows": "id,nose\na,drips\rb,drips\nc,drips\n",
    "a return inside quotation marks": 'id,nose\n"a\rx",drips\r\nb,drips\r\n',
    "a return in the first row": "id,nose\ra,drips\nb,drips\n",
    "old Mac": "id,nose\ra,drips\rb,drips\r",
    "a very long row": 'id,nose\na,drips\n"b' + "\n" * 1_200 + '",drips\nc,drips\n',
    "a row that is nearly too long": 'id,nose\na,drips\n"b' + "\n" * 999 + '",drips\nc,drips\n',
    "a very long cell": 'id,nose\na,drips\n"b' + "say \"\"x\"\", drips\n" * 9_000 + '",drips\nc,drips\n',
    "a very long cell left open": 'id,nose\na,drips\n"b,drips\n' + "c,drips\n" * 20_000,
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_a_table_is_read_as_the_plain_path_reads_it(
    name: str, delimiter: str, sneezing: Protocol, tmp_path: Path
) -> None:
    raw = TABLES[name]
    raw = raw if isinstance(raw, bytes) else raw.encode()
    path, output = tmp_path / f"f.{'csv' if delimiter == ',' else 'tsv'}", tmp_path / "out.ndjson"
    path.write_bytes(raw.replace(b",", delimiter.encode()))
    lines, faults, _ = scored(sneezing, path, output=output)
    found: dict[int, list[str]] = {}
    for fault in faults:
        found.setdefault(fault["line"], []).append(fault["message"])
    if name == "not UTF-8":
        # The plain path gives such a file up; here only the broken rows are lost.
        assert sorted(found) == [2, 4]
        assert [line["id"] for line in lines] == ["b"]
    else:
        assert (lines, found) == by_the_plain_path(sneezing, path)


BROKEN = {
    "letters behind a quotation mark": ([2], "Broken table: ',' expected after '\"'.", ["b"]),
    "a quotation mark left open": ([3], "Broken table: unexpected end of data.", ["a", "c"]),
    "a return at the end of a cell": ([2, 3], "A carriage return stands outside quotation marks here", ["c"]),
    "a return between two rows": ([2], "A carriage return stands outside quotation marks here", ["c"]),
    "a return in the first row": ([1], "A carriage return stands outside quotation marks here", []),
    "old Mac": ([1], "A carriage return stands outside quotation marks here", []),
    "a very long row": ([3], "This row goes on over 1,201 lines, of which 1,000 are the most.", ["a", "c"]),
    "a very long cell": ([3], "A cell of this row is longer than 131,072 signs.", ["a", "c"]),
    "a very long cell left open": ([3], "A cell of this row is longer than 131,072 signs.", ["a", *["c"] * 20_000]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_row_is_one_fault_and_the_others_are_scored(name: str, sneezing: Protocol, tmp_path: Path) -> None:
    path, output = tmp_path / "f.csv", tmp_path / "out.ndjson"
    path.write_bytes(TABLES[name].encode())  # type: ignore[union-attr]
    places, message, ids = BROKEN[name]
    for options in ({}, {"engine": build_engine("plain", sneezing)}):
        lines, faults, _ = scored(sneezing, path, output=output, errors=tmp_path / "out.errors.ndjson", **options)
        assert [fault["line"] for fault in faults] == places
        assert all(fault["message"].startswith(message) for fault in faults)
        assert [line["id"] for line in lines] == ids


@pytest.mark.parametrize("block", [40, 100, 1_000])
def test_rows_over_several_lines_may_lie_across_blocks(
    block: int, sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage.batch.reading.text._BLOCK", block)
    rng = Random(31)
    path = tmp_path / "f.csv"
    rows = [
        f'"p{number}{rng.choice(["", chr(10), ", x", chr(10) * 3])}",{rng.choice(["drips", "bleeds"])}'
        for number in range(200)
    ]
    path.write_text("id,nose\n" + "\n".join(rows) + "\n", "utf-8")
    lines, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson")
    assert faults == []
    assert lines == plain_lines(sneezing, path)
