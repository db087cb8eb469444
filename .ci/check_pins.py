"""Everything that is installed beside this Python is pinned in constraints.txt, in that very version."""

import importlib.metadata
import re
import sys
from pathlib import Path

HERE_ANYWAY = ("pip", "setuptools", "myoclonus-triage")


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


lines = Path("constraints.txt").read_text("utf-8").splitlines()
pins = dict(line.split(";")[0].strip().split("==") for line in lines if line and not line.startswith("#"))
pins = {plain(name): version for name, version in pins.items()}
here = {plain(one.metadata["Name"]): one.version for one in importlib.metadata.distributions()}
strays = [
    f"{name}=={version}"
    for name, version in sorted(here.items())
    if pins.get(name) != version and name not in HERE_ANYWAY
]
sys.exit("not in constraints.txt: " + ", ".join(strays) if strays else 0)
