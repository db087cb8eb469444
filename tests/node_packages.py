"""Packages of npm that tests hold the program against, where they are on the machine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest


def node_package(name: str, *, needs_node: bool = True) -> Path:
    """Return the folder of a package, or leave the test out: NODE_PATH names the folders in which they are."""
    folders = [Path(folder) / name for folder in os.environ.get("NODE_PATH", "").split(os.pathsep) if folder]
    found = next((folder for folder in folders if folder.is_dir()), None)
    if found is None or (needs_node and shutil.which("node") is None):
        pytest.skip(f"{name} is not on this machine (npm install {name}; NODE_PATH names the folder it is in)")
    return found
