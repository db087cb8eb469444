"""A protocol as one circuit of gates over the choices of its questions: what proofs, and all who judge many, read.

Only the meaning of a protocol as gates stands here: its results, the interview that leads to them, which pages are made
of (docs/circuit.md), and the engine of batches, which alone needs numpy. Imports `answers` and what is below.
"""
