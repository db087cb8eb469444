"""Workbooks: what only looks blank in a sheet is a fault of its row, and a sheet without end is refused."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter
from batch_jobs import scored

from triage.documents.problems import DataFault
from triage.exchange.cases import read_files
from triage.foreign.form import Asked
from triage.foreign.mapping import read_mapping

if TYPE_CHECKING:
    from collections.abc import Callable

    from triage.protocol.protocol import Protocol

ROWS = (("id", "right_now", "nose"), ("a", "none", "drips"), ("b", "none", "drips"))


def workbook(write: Callable[[Any], None], path: Path, change: tuple[str, str] = ("", "")) -> Path:
    """Write a sheet with two people, and change the XML of it."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(ROWS):
            sheet.write_row(at, 0, row)
        write(sheet)
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, re.sub(change[0], change[1], text.decode()) if change[0] else text)
    return path


FORMULA = "=VLOOKUP(A3,Z:Z,1)"
LOOKS_BLANK: dict[str, tuple[Callable[[Any], None], tuple[str, str], str]] = {
    "an error": (
        lambda sheet: sheet.write_formula("B3", FORMULA, None, "#N/A"),
        ("", ""),
        "'b' holds the error '#N/A' in the column 'right_now' (cell B3).",
    ),
    "an error of another program": (
        lambda sheet: sheet.write_formula("B3", FORMULA, None, "#N/A"),
        (r"<(/?)(c|v|f|row|sheetData|worksheet)\b(?! xmlns)", r"<\1\2"),
        "'b' holds the error '#N/A' in the column 'right_now' (cell B3).",
    ),
    "a formula without a value": (
        lambda sheet: sheet.write_formula("B3", FORMULA),
        ("</f><v>0</v>", "</f>"),
        "'b' holds a formula whose value was not saved in the column 'right_now' (cell B3).",
    ),
    "a last row that is only a formula without a value": (
        lambda sheet: sheet.write_formula("B4", FORMULA),
        ("</f><v>0</v>", "</f><v/>"),
        "'f.xlsx:4' holds a formula whose value was not saved in the column 'right_now' (cell B4).",
    ),
    "cells merged over two people": (
        lambda sheet: sheet.merge_range("B2:B3", "cannot_breathe"),
        ("", ""),
        "'b' holds a part of the merged cells B2:B3 in the column 'right_now' (cell B3).",
    ),
    "cells merged over two questions": (
        lambda sheet: sheet.merge_range("B3:C3", "cannot_breathe"),
        ("", ""),
        "'b' holds a part of the merged cells B3:C3 in the column 'nose' (cell C3).",
    ),
}


@pytest.mark.parametrize("what", LOOKS_BLANK)
def test_what_only_looks_blank_is_a_fault_of_its_row(what: str, sneezing: Protocol, tmp_path: Path) -> None:
    write, change, said = LOOKS_BLANK[what]
    path = workbook(write, tmp_path / "f.xlsx", change)
    lines, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson", asked=Asked())
    assert [line["id"] for line in lines] == (["a", "b"] if "last row" in what else ["a"])
    [message] = [fault["message"] for fault in faults]
    assert message.startswith(said)


def test_what_looks_blank_beside_the_answers_is_no_fault(sneezing: Protocol, tmp_path: Path) -> None:
    def write(sheet: Any) -> None:
        sheet.write("D1", "clinic")
        sheet.merge_range("D2:D3", "north")
        sheet.write_formula("E1", '=""', None, "")
        sheet.write_formula("C3", '=""', None, "")

    path = workbook(write, tmp_path / "f.xlsx", ('<c r="(C3|E1)"><f>', r'<c r="\1" t="str"><f>'))
    lines, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson", asked=Asked(set_aside=True))
    assert [line["id"] for line in lines] == ["a", "b"]
    assert faults == []


def test_an_error_that_the_mapping_calls_missing_is_missing(sneezing: Protocol, tmp_path: Path) -> None:
    path = workbook(lambda sheet: sheet.write_formula("B3", FORMULA, None, "#N/A"), tmp_path / "f.xlsx")
    (tmp_path / "map.yaml").write_text("missing: ['#N/A']\n")
    mapping = read_mapping(tmp_path / "map.yaml", sneezing.questionnaire)
    lines, _, _ = scored(sneezing, path, output=tmp_path / "out.ndjson", asked=Asked(mapping=mapping))
    assert [line["id"] for line in lines] == ["a", "b"]


@pytest.mark.parametrize("cell", ["XFD1048576", "B50000"])
def test_only_a_sheet_with_next_to_nothing_in_it_is_too_large(cell: str, sneezing: Protocol, tmp_path: Path) -> None:
    path = workbook(lambda sheet: sheet.write(cell, "."), tmp_path / "far.xlsx")
    (tmp_path / "near.csv").write_text("id,nose\na,drips\n")
    _, _, notes = scored(sneezing, tmp_path, output=tmp_path / "out.ndjson", asked=Asked())
    said = f"{path}  The sheet 'Sheet1' reaches to XFD1048576, but only 10 cells hold something."
    assert any(one.startswith(said) for one in notes.said) == (cell == "XFD1048576")


def test_a_format_far_away_is_no_cell_to_reach_to(sneezing: Protocol, tmp_path: Path) -> None:
    path = workbook(
        lambda sheet: sheet.write("XFD1048576", "."), tmp_path / "f.xlsx", (r'(<c r="XFD.*?)>.*?</c>', r"\1/>")
    )
    lines, _, _ = scored(sneezing, path, output=tmp_path / "out.ndjson", asked=Asked())
    assert [line["id"] for line in lines] == ["a", "b"]


ODS = """<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x" xmlns:calcext="c"><office:body>
<office:spreadsheet><table:table table:name="other"><table:table-row/></table:table><table:table table:name="S">{}
</table:table></office:spreadsheet></office:body></office:document-content>"""
CELL = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (
            'table:formula="of:=A" office:value-type="float" office:value="0" calcext:value-type="error"',
            "the error '#N/A'",
        ),
        ('table:formula="of:=A" office:value-type="string" office:string-value=""', "the error '#N/A'"),
        ('table:formula="of:=A"', "a formula whose value was not saved"),
    ],
)
def test_an_error_in_an_open_document_is_a_fault(cell: str, said: str, sneezing: Protocol, tmp_path: Path) -> None:
    head, first = ("".join(CELL.format(one) for one in row) for row in ROWS[:2])
    text = "#N/A" if "error" in said else ""
    last = (
        f"{CELL.format('b')}<table:table-cell {cell}><text:p>{text}</text:p></table:table-cell>{CELL.format('drips')}"
    )
    rows = "".join(f"<table:table-row>{row}</table:table-row>" for row in (head, first, last))
    with zipfile.ZipFile(tmp_path / "f.ods", "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("META-INF/manifest.xml", "<manifest/>")
        packed.writestr("content.xml", ODS.format(rows))
    lines, faults, _ = scored(sneezing, tmp_path / "f.ods", output=tmp_path / "out.ndjson", asked=Asked())
    assert [line["id"] for line in lines] == ["a"]
    [message] = [fault["message"] for fault in faults]
    assert message.startswith(f"'b' holds {said} in the column 'right_now' (cell B3).")


def test_of_a_workbook_that_nobody_can_look_into_it_is_said(
    sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(lambda _: None, tmp_path / "f.xlsx")
    monkeypatch.setattr("triage.exchange.workbooks.cells_of", lambda *_: None)
    lines, _, notes = scored(sneezing, path, output=tmp_path / "out.ndjson", asked=Asked())
    assert len(lines) == 2
    assert any("a cell with an error (#N/A)" in said for said in notes.said)


def test_where_the_first_sheet_holds_no_answers_the_others_are_named(sneezing: Protocol, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "f.xlsx") as book:
        book.add_worksheet("Read me").write("A1", "These are answers")
        for at, row in enumerate(ROWS if (sheet := book.add_worksheet("people")) else ()):
            sheet.write_row(at, 0, row)
    _, faults, _ = scored(sneezing, tmp_path / "f.xlsx", output=tmp_path / "out.ndjson", asked=Asked())
    [message] = [fault["message"] for fault in faults]
    assert "there is also 'people'. --sheet names another." in message


def test_a_hidden_sheet_does_not_come_before_one_that_is_seen(sneezing: Protocol, tmp_path: Path) -> None:
    path = tmp_path / "f.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name, nose in (("before", "drips"), ("now", "bleeds")):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ("id", "nose"))
            sheet.write_row(1, 0, (name, nose))
            sheet.hide() if name == "before" else sheet.activate()
    lines, _, notes = scored(sneezing, path, output=tmp_path / "out.ndjson", asked=Asked())
    assert [line["id"] for line in lines] == ["now"]
    assert "'before'" in " ".join(notes.said)


def test_a_damaged_workbook_is_refused_whole(sneezing: Protocol, tmp_path: Path) -> None:
    path = workbook(lambda sheet: sheet.write_formula("B3", FORMULA, None, "#N/A"), tmp_path / "f.xlsx")
    data = path.read_bytes()
    path.write_bytes(data.replace(b"<v>#N/A</v>", b"<v>#N/B</v>", 1))
    lines, [fault], _ = scored(sneezing, path, output=tmp_path / "out.ndjson", asked=Asked())
    assert lines == []
    assert fault["message"] == "This is no workbook that can be read: it is damaged. Save the table as CSV."


@pytest.mark.parametrize(
    ("headings", "refused"),
    [(ROWS[0], True), ((*ROWS[0], "ward"), True), (("ward", "nose"), False), (("ward", "bed"), False)],
)
def test_a_second_sheet_of_people_is_never_left_out(
    headings: tuple[str, ...], refused: bool, sneezing: Protocol, tmp_path: Path
) -> None:
    """A sheet for each month or each clinic is common, and an emergency may stand in the second."""
    path = tmp_path / "two.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name, rows in (
            ("January", ROWS),
            ("February", (headings, ("c", "cannot_breathe", "drips", "n")[: len(headings)])),
        ):
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    found = list(read_files([path], Asked(), sneezing.questionnaire, lambda _: None))
    assert [isinstance(one, DataFault) for one in found] == ([True] if refused else [False, False])
    if refused:
        assert "Several sheets hold answers: 'January', 'February'." in str(found[0])
        assert len(list(read_files([path], Asked(sheet="January"), sneezing.questionnaire, lambda _: None))) == 2
