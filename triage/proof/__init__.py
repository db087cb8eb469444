"""Proof over every possible answer set, by decision diagrams. Needs the extra ``verify`` (the package dd)."""
