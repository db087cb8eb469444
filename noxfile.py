"""Everything that must hold before a change lands, each piece by its name.

`nox -l` lists them, `nox -s lint` runs one. `nox` alone runs all of it, one after the other, whatever becomes of the
others; the last lines say what failed. It needs git, a C compiler (for durable-rules below Python 3.13) and a package
index. `.ci/run` is the same with a nox of its own.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import nox

VERSIONS = ("3.11", "3.12", "3.13", "3.14")
PROCESSORS = "2"  # as the README has it
BROWSER_UNTIL = 600  # seconds after which the tests in a browser are left out
BROWSER_MOST = 240  # seconds after which they are stopped
WHOLE_UNTIL = 420  # seconds after which a further Python runs some of the tests
SOME_UNTIL = 760  # seconds after which it runs none
LONG_UNTIL = 480  # seconds after which the long tests are left out
ALL_UNTIL = 870  # seconds after which the long tests are stopped

ROOT = Path(__file__).parent
ENVIRONMENTS = Path(os.environ.get("NOX_ENVDIR", ROOT / ".nox")).absolute()
BEGAN = time.monotonic()

nox.needs_version = ">=2024.4.15"
nox.options.envdir = str(ENVIRONMENTS)
nox.options.default_venv_backend = "venv"
for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYTEST_ADDOPTS"):
    os.environ.pop(name, None)
os.environ |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}


def found_python(version: str) -> Path | None:
    """Return a Python of that version that starts and can make environments; a stand-in of pyenv may not start."""
    folders = os.environ["PATH"].split(os.pathsep)
    candidates = [Path(folder, name) for name in (f"python{version}", "python3", "python") for folder in folders]
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates += sorted(versions.glob(f"{version}*/bin/python{version}"), reverse=True)
    question = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2], sys.executable, sep='\\n')"
    for path in filter(os.path.exists, candidates):
        asked = subprocess.run([path, "-c", question], capture_output=True, text=True, check=False)
        if asked.returncode == 0 and asked.stdout.startswith(f"{version}\n"):
            return Path(asked.stdout.splitlines()[1])
    return None


PYTHONS = {version: path for version in VERSIONS if (path := found_python(version))}
FIRST = next(iter(PYTHONS), VERSIONS[0])
# nox looks for "python3.11" on the path, where a stand-in may come first.
os.environ["PATH"] = os.pathsep.join([*(str(path.parent) for path in PYTHONS.values()), os.environ["PATH"]])


def state_of_the_checkout() -> str:
    asked = ["git", "status", "--porcelain"]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False).stdout


STATE_BEFORE = state_of_the_checkout()


def seconds() -> int:
    return round(time.monotonic() - BEGAN)


# ---- how the tests went, said at the end

closing_lines: list[str] = []


@atexit.register
def say_the_end() -> None:
    if closing_lines:
        sys.stderr.write("\n".join([f"{seconds()} s in all", *closing_lines, ""]))


def keep_closing_line(name: str, log: Path) -> None:
    """Keep the line in which pytest says how it went."""
    lines = log.read_text("utf-8").splitlines() if log.is_file() else []
    told = [line.strip("= ") for line in lines if re.search(r" in [0-9.]+s\b", line)]
    closing_lines.append(f"{name}: {told[-1] if told else 'no closing line'}")


# ---- one environment for each Python


@nox.session(python=FIRST)
def tests(session: nox.Session) -> None:
    """The README's own test command, on the first Python there is."""
    for version in VERSIONS:
        session.log(f"Python {version}: {PYTHONS.get(version, 'NOT FOUND, so not tested')}")
    if not shutil.which("cc"):
        session.warn("No C compiler found: durable-rules cannot be built below Python 3.13.")
    command = f'pip install -c constraints.txt -e ".[test]" && .venv/bin/pytest -n {PROCESSORS}'
    if command not in (ROOT / "README.md").read_text("utf-8"):
        session.error(f"README.md does not name the test command that runs here: {command}")
    tested(session)


def tested(session: nox.Session, *files: str) -> None:
    """Install everything that tests need, and run all of them or those of some files."""
    session.install("-c", "constraints.txt", "-e", ".[test]")
    session.run("python", ".ci/check_pins.py")
    log = Path(session.cache_dir, f"{session.name}.log")
    try:
        command = ("pytest", "-n", PROCESSORS, *files, *session.posargs)
        session.run("python", ".ci/show_and_keep.py", str(log), *command)
    finally:
        keep_closing_line(session.name, log)


# ---- what looks at the checkout, all in the environment of the first Python

CHECKOUT = ENVIRONMENTS / "tests"
PROGRAMS = CHECKOUT / ("Scripts" if os.name == "nt" else "bin")
extras_here: set[str] = set()


def checkout(session: nox.Session, *extras: str) -> None:
    """Install what is worked on with its test tools, where that was not done yet."""
    if FIRST not in PYTHONS:
        session.error(f"None of Python {', '.join(VERSIONS)} is here.")
    if not PROGRAMS.exists():
        session.run(str(PYTHONS[FIRST]), "-m", "venv", str(CHECKOUT), external=True)
    wanted = {"test", *extras}
    if not wanted <= extras_here:
        named = ",".join(sorted(wanted))
        run(session, "python", "-m", "pip", "install", "-q", "-c", "constraints.txt", "-e", f".[{named}]")
        run(session, "python", ".ci/check_pins.py")
        extras_here.update(wanted)


def run(session: nox.Session, program: str, *arguments: str, **options: Any) -> None:
    session.run(str(PROGRAMS / program), *arguments, external=True, **options)


def pytest(session: nox.Session, *arguments: str, most: int = 0, success: tuple[int, ...] = (0,)) -> None:
    """Run tests, for so many seconds at most."""
    log = Path(session.cache_dir, f"{session.name}.log")
    limit = ["timeout", "--kill-after=10", str(most)] if most and shutil.which("timeout") else []
    command = [*limit, str(PROGRAMS / "pytest"), *arguments, *session.posargs]
    try:
        run(session, "python", ".ci/show_and_keep.py", str(log), *command, success_codes=success)
    finally:
        keep_closing_line(session.name, log)


@nox.session(python=False)
def lint(session: nox.Session) -> None:
    """Style and form (ruff)."""
    checkout(session)
    run(session, "ruff", "check", "--output-format=concise")
    run(session, "ruff", "format", "--check", "--output-format=concise")


@nox.session(python=False)
def types(session: nox.Session) -> None:
    """Types (mypy, strict)."""
    checkout(session)
    run(session, "mypy")


@nox.session(python=False)
def layers(session: nox.Session) -> None:
    """Rooms and floors: what may import what (import-linter)."""
    checkout(session)
    run(session, "lint-imports", "--no-cache")


@nox.session(python=False)
def verify(session: nox.Session) -> None:
    """Checks of rules, examples and cases, and the proofs (triage verify)."""
    checkout(session)
    run(session, "triage", "verify")


@nox.session(python=False)
def guide(session: nox.Session) -> None:
    """The first example of docs/writing-rules.md is a good rule."""
    checkout(session)
    folder = Path(session.cache_dir, "guide")
    shutil.rmtree(folder, ignore_errors=True)
    for data in ("rules", "questionnaires"):
        shutil.copytree(data, folder / data)
    rule = Path("docs/writing-rules.md").read_text("utf-8").split("```yaml\n", 1)[1].split("\n```", 1)[0]
    name = rule.split("- id: ", 1)[1].split("\n", 1)[0]
    protocol = folder / "rules" / "myoclonus"
    with (protocol / "urgent.yaml").open("a", encoding="utf-8") as page:
        page.write(f"\n{rule}\n")
    run(session, "triage", "verify", "--protocol", str(protocol), "--rule", name)
    run(session, "triage", "rules", "--protocol", str(protocol), name, silent=True)


@nox.session(python=False)
def codes(session: nox.Session) -> None:
    """HPO terms against the ontology (extra codes)."""
    checkout(session, "codes")
    pytest(session, "-q", "tests/test_codes.py")


@nox.session(python=False)
def browser(session: nox.Session) -> None:
    """The pages in a real browser (extra browser)."""
    if seconds() > BROWSER_UNTIL:
        session.skip(f"NOT RUN: {seconds()} s are used up")
    if not browser_is_here(session):
        session.skip("NOT RUN: no chromium with chromedriver here")
    checkout(session, "browser")
    pytest(session, "-n", PROCESSORS, "-m", "browser and not long", "-rs", most=BROWSER_MOST)


def browser_is_here(session: nox.Session) -> bool:
    """Return whether there is a browser; where Debian's own could be installed quickly, do so."""
    wanted = ("chromium", "chromedriver")
    if not any(map(shutil.which, wanted)) and shutil.which("apt-get") and getattr(os, "geteuid", lambda: 1)() == 0:
        session.log("No chromium here: asking apt for it.")
        quietly: dict[str, Any] = {"silent": True, "external": True, "success_codes": range(256)}
        session.run("timeout", "60", "apt-get", "update", "-qq", **quietly)
        apt = ("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "chromium-driver")
        session.run("timeout", "120", *apt, env={"DEBIAN_FRONTEND": "noninteractive"}, **quietly)
    return all(map(shutil.which, wanted))


# ---- every way to install it

DISTRIBUTIONS = ENVIRONMENTS / "dist"


@nox.session(python=FIRST)
def distributions(session: nox.Session) -> None:
    """Build sdist and wheel, and see what is in them."""
    session.install("-c", "constraints.txt", "build")
    shutil.rmtree(DISTRIBUTIONS, ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", str(DISTRIBUTIONS), ".", silent=True)
    session.run("python", ".ci/check_contents.py", str(DISTRIBUTIONS))


@nox.session(python=FIRST)
@nox.parametrize("what", ["wheel", "sdist", "plain"])
def installs(session: nox.Session, what: str) -> None:
    """Install it and score cases outside the checkout; plain is `pip install .`, and then asks every verb."""
    built = {"wheel": "*.whl", "sdist": "*.tar.gz"}
    found = [str(path) for path in DISTRIBUTIONS.glob(built[what])] if what in built else ["."]
    if not found:
        session.error("There is no distribution; `nox -s distributions` builds them.")
    session.install("-c", "constraints.txt", *found)
    with session.chdir(folder_with_cases()):
        session.run("python", str(ROOT / ".ci" / "check_install.py"), session.virtualenv.location)
        if what == "plain":
            session.run("python", str(ROOT / ".ci" / "check_verbs.py"))


@nox.session(python=False)
def editable(session: nox.Session) -> None:
    """The editable install scores cases from outside the checkout, too."""
    checkout(session)
    with session.chdir(folder_with_cases()):
        run(session, "python", str(ROOT / ".ci" / "check_install.py"), str(ROOT))


def folder_with_cases() -> Path:
    """Return a folder outside the checkout with the first worked cases."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copy(ROOT / "rules" / "myoclonus" / "cases" / "vignettes.yaml", folder)
    return folder


# ---- as long as there is time

SOME = (
    "seed",
    "cases",
    "python_names",
    "engines",
    "command_line",
    "said_plainly",
    "ask_plain",
    "ask_in_a_terminal",
    "frames",
    "kept_tables",
)
"""What differs most from one Python to another: packages, terminals, tables, processes."""


@nox.session(python=[version for version in PYTHONS if version != FIRST])
def others(session: nox.Session) -> None:
    """The same tests on each further Python; where time is short, some of them."""
    if seconds() > SOME_UNTIL:
        session.skip(f"NOT RUN on Python {session.python}: {seconds()} s are used up")
    files = [f"tests/test_{name}.py" for name in SOME] if seconds() > WHOLE_UNTIL else []
    if files:
        session.warn(f"Python {session.python} runs only {', '.join(SOME)}: {seconds()} s are used up.")
    tested(session, *files)


@nox.session(python=False)
def long(session: nox.Session) -> None:
    """The tests that take minutes."""
    if seconds() > LONG_UNTIL:
        session.skip(f"NOT RUN: {seconds()} s are used up")
    checkout(session)
    pytest(session, "-m", "long", most=ALL_UNTIL - seconds(), success=(0, 5))


@nox.session(python=False)
def unchanged(session: nox.Session) -> None:
    """Nothing of the above changed the checkout; looked at where CI=true."""
    if os.environ.get("CI") != "true":
        session.skip("somebody works here")
    if state_of_the_checkout() != STATE_BEFORE:
        session.error(f"Files of the checkout changed:\n{state_of_the_checkout()}")
