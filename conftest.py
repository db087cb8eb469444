"""What doctest collection leaves out: the engine that this Python cannot import."""

import importlib

collect_ignore: list[str] = []

try:
    importlib.import_module("durable.engine")
except ImportError:
    collect_ignore.append("triage/engines/durable.py")
