"""Files and modules that documents, docstrings and comments name are there."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parent.parent
WRITTEN = sorted(
    path
    for folder in ("docs", "triage", "tests", "benchmarks", "rules", "questionnaires", "")
    for ending in ("md", "py", "js", "yaml")
    for path in (ROOT / folder).glob(f"{'**/' if folder else ''}*.{ending}")
    if path.name != "CHANGELOG.md" and "snapshots" not in path.parts
)
A_FILE = re.compile(r"`((?:\.\./)*[a-z_]+/[\w./-]*\.(?:py|yaml|md|js|css|html|cjs))`")
A_MODULE = re.compile(r"`(triage(?:\.[a-z_]+)+)(?:\.[A-Z]\w*)?`")
A_PLACE = re.compile(r"`([A-Za-z_]+)` (?:in|of) `([a-z_]+/[\w/]+\.py)`")
FROM = ("", "triage", "triage/batch", "triage/export", "rules/myoclonus", "docs", "docs/decisions", "tests")
"""Where a path may begin, as people write them."""


def test_every_file_that_is_named_is_there() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in WRITTEN
        for name in A_FILE.findall(path.read_text(encoding="utf-8"))
        if not any((start / name).exists() for start in (path.parent, *(ROOT / one for one in FROM)))
    ]
    assert wrong == []


def test_every_name_that_is_said_to_stand_in_a_file_does() -> None:
    named = [(path, *found) for path in WRITTEN for found in A_PLACE.findall(path.read_text(encoding="utf-8"))]
    assert named
    wrong = [(str(path), name, file) for path, name, file in named if not _holds(ROOT / "triage" / file, name)]
    assert wrong == []


def test_every_module_that_is_named_is_there() -> None:
    named = {name for path in WRITTEN for name in A_MODULE.findall(path.read_text(encoding="utf-8"))}
    assert len(named) > 5
    wrong = sorted(name for name in named if not _is_there(name))
    assert wrong == []


def _is_there(name: str) -> bool:
    """Return whether a module is there, or what is named in one."""
    try:
        if find_spec(name) is not None:
            return True
    except ModuleNotFoundError:
        return False
    module, _, last = name.rpartition(".")
    found = find_spec(module)
    return found is not None and _holds(Path(str(found.origin)), last)


def _holds(path: Path, name: str) -> bool:
    return bool(re.search(rf"^\s*(?:def |class )?{name}\b", path.read_text(encoding="utf-8"), re.MULTILINE))
