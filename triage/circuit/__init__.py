"""A protocol as one circuit of gates over the choices of its questions: what proofs, and all who judge many, read.

Only the meaning of a protocol as gates stands here, in plain Python: its results, and the interview that leads to them,
which pages are made of (docs/circuit.md). Imports `answers` and what is below.
"""
