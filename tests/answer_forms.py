"""Made-up answers in every form that an answer file may have."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pytest
from people import as_written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from triage.answers.answers import Given
    from triage.protocol.protocol import Protocol


def in_some_form(given: Given, rng: Random) -> dict[str, Any]:
    """Return answers as one of the many ways in which they may be written says them."""
    written: dict[str, Any] = as_written(given)
    for name, value in list(written.items()):
        draw = rng.random()
        if isinstance(value, list) and len(value) == 1 and draw < 0.3:
            written[name] = value[0]
        elif isinstance(value, str) and draw < 0.3:
            written[name] = [value]
        elif isinstance(value, list) and draw < 0.05:
            written[name] = [*value, value[0]]
    for name in ("family", "frequency"):
        if name not in written and rng.random() < 0.5:
            written[name] = rng.choice([None, "", []])
    names = list(written)
    if rng.random() < 0.1:
        rng.shuffle(names)
    return {name: written[name] for name in names}


def as_table(people: Sequence[dict[str, Any]], questions: Sequence[str], delimiter: str, *, quoted: bool) -> str:
    rows = [["id", *questions]]
    for number, person in enumerate(people):
        said = [person.get(name, "") for name in questions]
        rows.append([f"p{number}", *(";".join(one) if isinstance(one, list) else one for one in said)])
    sign = '"' if quoted else ""
    return "".join(delimiter.join(f"{sign}{cell}{sign}" for cell in row) + "\n" for row in rows)


def in_form(form: str, protocol: Protocol, people: Sequence[dict[str, Any]], folder: Path) -> Path:
    """Write people as a file of some form; tables have a column for each question of today and of before."""
    questions = list({**protocol.questionnaire.by_id, **protocol.questionnaire.former_by_question})
    cases = [{"id": f"p{number}", "answers": person} for number, person in enumerate(people)]
    bare = [{"id": f"p{number}", **person} for number, person in enumerate(people)]
    spaced = "".join(json.dumps(case) + "\n" for case in cases)
    texts = {
        "f.ndjson": spaced,
        "compact.jsonl": "".join(json.dumps(case, separators=(",", ":")) + "\n" for case in cases),
        "bare.ndjson": "".join(json.dumps(case) + "\n" for case in bare),
        "mixed.ndjson": "".join(json.dumps(both[n % 2]) + "\n" for n, both in enumerate(zip(cases, bare, strict=True))),
        "windows.ndjson": "\ufeff" + spaced.replace("\n", "\r\n\r\n"),
        "no_end.ndjson": spaced.rstrip("\n"),
        "odd.ndjson": spaced.replace('": ', '" :  ').replace(", ", " ,"),
        "last.ndjson": "".join(
            json.dumps({"answers": c["answers"], "x": {"y": 1}, "id": c["id"]}) + "\n" for c in cases
        ),
        "list.json": json.dumps(cases),
        "pretty.json": json.dumps(cases, indent=2),
        "f.yaml": json.dumps(cases[:40]),
        "f.csv": as_table(people, questions, ",", quoted=False),
        "quoted.csv": "\ufeff" + as_table(people, questions, ",", quoted=True).replace("\n", "\r\n"),
        "f.tsv": as_table(people, questions, "\t", quoted=False),
    }
    path = folder / form
    if form in texts:
        path.write_bytes(texts[form].encode())
    elif form.endswith(".gz"):
        with gzip.open(path, "wb") as file:
            file.write(texts[form.removesuffix(".gz")].encode())
    elif form.endswith(".zst"):
        zstd = pytest.importorskip("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
        path.write_bytes(zstd.compress(texts[form.removesuffix(".zst")].encode()))
    elif form == "many":
        path.mkdir()
        for number, case in enumerate(cases):
            (path / f"{number:04}.json").write_text(json.dumps(case, indent=1), "utf-8")
    else:
        write_parquet(protocol, people, path, lists=form == "lists.parquet")
    return path


def write_parquet(protocol: Protocol, people: Sequence[dict[str, Any]], path: Path, *, lists: bool) -> None:
    today = protocol.questionnaire.by_id
    kinds = {name: name in today and today[name].multiple for name in (*today, *_gone(protocol))}
    columns: dict[str, pa.Array] = {"id": pa.array([f"p{number}" for number in range(len(people))])}
    for name, multiple in kinds.items():
        said = (person.get(name) for person in people)
        listed = [one if one is None or isinstance(one, list) else [one] for one in said]
        if lists and multiple:
            columns[name] = pa.array(listed, pa.list_(pa.string()))
        else:
            columns[name] = pa.array([";".join(one) if one else None for one in listed], pa.string())
    with duckdb.connect() as database:
        database.register("columns", pa.table(columns))
        database.execute("CREATE TABLE people AS SELECT * FROM columns")
        database.execute(f"COPY people TO '{path}' (FORMAT parquet)")


def _gone(protocol: Protocol) -> list[str]:
    return [name for name in protocol.questionnaire.former_by_question if name not in protocol.questionnaire.by_id]
