"""Forms that were given out, held against the programs they are for.

- pyxform and ODK Validate (extra `exchange`; Validate needs Java): the XLSForm is taken without a warning.
- survey-core (npm; its folder in NODE_PATH): it fills and exports the SurveyJS form.
- formpack (of KoboToolbox, on no package index: from its repository; `-m long`): its exports are read back.

Each is left out where it is not on the machine.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from filled_forms import GivenOut, Ticked, is_shown, read_back, said_by, ticked
from node_packages import node_package
from people import complete_person, random_people

from triage.answers.reading import SavedCase
from triage.given_forms.giving_out import written_form

if TYPE_CHECKING:
    from collections.abc import Sequence

FILL = Path(__file__).parent / "survey_core.cjs"


@pytest.fixture
def workbook(given_out: GivenOut, tmp_path: Path) -> Path:
    pytest.importorskip("xlsxwriter", reason="the extra `exchange` is not installed")
    path = tmp_path / "form.xlsx"
    path.write_bytes(written_form(given_out.protocol, "xlsform").content)
    return path


def visible(of: GivenOut, boxes: Ticked) -> Ticked:
    """Return what is ticked by somebody who sees only what is shown: a form forgets what it hides."""
    seen: Ticked = {}
    for question in of.form.asked():
        if is_shown(question.shown, seen) and question.id in boxes:
            seen[question.id] = boxes[question.id]
    return seen


def assert_read_back(path: Path, of: GivenOut, people: Sequence[Ticked]) -> None:
    back = read_back(path, of.protocol.questionnaire)
    assert len(back) == len(people)
    for boxes, found in zip(people, back, strict=True):
        assert isinstance(found, SavedCase), found
        assert (found.answers.states, found.answers.set_aside) == said_by(of.protocol.questionnaire, boxes)


# ---- XLSForm ----


def test_pyxform_takes_the_workbook_without_a_warning(workbook: Path) -> None:
    convert = pytest.importorskip("pyxform.xls2xform", reason="the extra `exchange` is not installed").convert
    assert convert(workbook, validate=shutil.which("java") is not None).warnings == []


def test_odk_validate_refuses_what_is_broken(workbook: Path, tmp_path: Path) -> None:
    """Make sure that the test above would notice."""
    convert = pytest.importorskip("pyxform.xls2xform", reason="the extra `exchange` is not installed").convert
    if shutil.which("java") is None:
        pytest.skip("Java is not on this machine")
    from pyxform.validators.odk_validate import ODKValidateError, check_xform

    broken = tmp_path / "broken.xml"
    broken.write_text(convert(workbook).xform.replace("selected(", "selekted("), "utf-8")
    with pytest.raises(ODKValidateError, match="selekted"):
        check_xform(broken)


def test_the_xpath_of_the_xform_shows_what_may_apply(given_out: GivenOut, workbook: Path) -> None:
    convert = pytest.importorskip("pyxform.xls2xform", reason="the extra `exchange` is not installed").convert
    etree = pytest.importorskip("lxml.etree", reason="the extra `exchange` is not installed")
    xform = etree.fromstring(convert(workbook).xform.encode())
    of_xforms = {"x": "http://www.w3.org/2002/xforms"}
    binds = {bind.get("nodeset").rpartition("/")[2]: bind for bind in xform.iterfind(".//x:bind", of_xforms)}
    sections = {item.id: section.id for section in given_out.form.sections for item in section.items}

    def selected(_: Any, nodes: Any, code: str) -> bool:
        return code in "".join(node.text or "" for node in nodes).split()

    def count_selected(_: Any, nodes: Any) -> float:
        return float(len("".join(node.text or "" for node in nodes).split()))

    functions = {(None, "selected"): selected, (None, "count-selected"): count_selected}
    for one in random_people(given_out.protocol, given_out.cases, 40, seed=8):
        boxes = ticked(given_out.form, one)
        data = etree.Element("data")
        for name, section in sections.items():
            group = data.find(section)
            group = etree.SubElement(data, section) if group is None else group
            etree.SubElement(group, name).text = " ".join(boxes.get(name, ()))
        for section in given_out.form.sections:
            for item in section.items:
                relevant = binds[item.id].get("relevant")
                found = True if relevant is None else data.getroottree().xpath(relevant, extensions=functions)
                assert found is is_shown(item.shown, boxes)
        for question in given_out.form.asked():
            constraint, node = binds[question.id].get("constraint"), data.find(f".//{question.id}")
            assert constraint is None or node.xpath(constraint, extensions=functions) is True
            if question.alone:
                node.text = f"{question.alone[0]} {next(o.code for o in question.options if not o.alone)}"
                assert node.xpath(constraint, extensions=functions) is False


# ---- KoboToolbox ----


@pytest.mark.long
@pytest.mark.parametrize("values", ["xml", "labels"])
@pytest.mark.parametrize("several", ["summary", "details", "both"])
@pytest.mark.parametrize("groups", [False, True])
def test_exports_of_kobotoolbox_are_read_back(
    given_out: GivenOut, workbook: Path, tmp_path: Path, values: str, several: str, groups: bool
) -> None:
    formpack = pytest.importorskip("formpack", reason="formpack is not installed")
    from formpack.utils.xls_to_ss_structure import xlsx_to_dicts

    with workbook.open("rb") as file:
        content = {name: rows for name, rows in xlsx_to_dicts(file).items() if not name.endswith("_header")}
    settings = {key: value for key, value in content["settings"][0].items() if value}
    version = {"content": {**content, "settings": settings}, "version": settings["version"]}
    pack = formpack.FormPack(versions=[version], title="form", id_string=given_out.form.id)
    people = [visible(given_out, ticked(given_out.form, one)) for one in some_people(given_out)]
    submissions = [submission(given_out, boxes, number) for number, boxes in enumerate(people)]
    export = pack.export(
        versions=settings["version"],
        multiple_select=several,
        lang=False if values == "xml" else None,  # as formpack calls names, and the labels of a form in one language
        hierarchy_in_labels=groups,
        copy_fields=("_id", "_uuid", "_submission_time"),
    )
    text, sheet = tmp_path / "export.csv", tmp_path / "export.xlsx"
    text.write_text("\n".join(export.to_csv(submissions, sep=";", quote='"')), "utf-8")
    export.to_xlsx(str(sheet), submissions)
    assert_read_back(text, given_out, people)
    assert_read_back(sheet, given_out, people)


def some_people(of: GivenOut) -> list[Any]:
    return [*random_people(of.protocol, of.cases, 20, seed=6), complete_person(of.protocol, Random(7))]


def submission(of: GivenOut, boxes: Ticked, number: int) -> dict[str, Any]:
    said = {
        f"{section.id}/{item.id}": " ".join(boxes[item.id])
        for section in of.form.sections
        for item in section.items
        if item.id in boxes
    }
    about = {"_id": number, "_uuid": f"p{number}", "_submission_time": "2026-11-25T10:00:00"}
    return {**of.form.says_which, **said, **about, "__version__": of.form.version}


# ---- SurveyJS ----


def test_survey_core_fills_and_exports_the_form(given_out: GivenOut, tmp_path: Path) -> None:
    survey = json.loads(written_form(given_out.protocol, "surveyjs").content)
    people = [visible(given_out, ticked(given_out.form, one)) for one in some_people(given_out)[-9:]]
    asked = {"package": str(node_package("survey-core")), "survey": survey, "people": people}
    done = subprocess.run(
        ["node", FILL], input=json.dumps(asked), capture_output=True, text=True, check=True, timeout=120
    )
    said = json.loads(done.stdout)
    assert said["exclusive"] == [[said["alone"]], [said["other"]]]
    for boxes, filled in zip(people, said["people"], strict=True):
        listed = [item for section in given_out.form.sections for item in section.items]
        assert filled["shown"] == [item.id for item in listed if is_shown(item.shown, boxes)]
        assert (filled["problems"], filled["wrong"]) == ([], [])
    for name, results in (("results.json", [filled["data"] for filled in said["people"]]), ("one.json", None)):
        path = tmp_path / name
        path.write_text(json.dumps(said["people"][0]["data"] if results is None else results), "utf-8")
        assert_read_back(path, given_out, people[:1] if results is None else people)
