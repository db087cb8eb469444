"""Where the protocols that come with the package are."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["data_files", "shipped_protocol"]

_PACKAGE = Path(__file__).resolve().parents[1]


def _protocols_folder() -> Path:
    """Return the folder that holds a folder for each shipped protocol.

    Installed, it lies inside the package. In a checkout it lies beside it, and is looked for there only if the
    project file stands there too: a stranger's folder named ``rules`` is never read.
    """
    inside = _PACKAGE / "rules"
    if inside.is_dir():
        return inside
    beside = _PACKAGE.parent
    return beside / "rules" if (beside / "pyproject.toml").is_file() else inside


def shipped_protocol() -> Path:
    """Return the folder of the protocol that is used unless another is named."""
    folders = sorted(folder for folder in _protocols_folder().glob("*") if (folder / "protocol.yaml").is_file())
    return folders[0] if folders else _protocols_folder()


def data_files(folder: Path) -> list[str]:
    """Return the names of the YAML files in a folder, without hidden ones; none if it cannot be read."""
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 - only the names are wanted
    except OSError:
        return []
    return [name for name in names if name.endswith((".yaml", ".yml")) and not name.startswith(".")]
