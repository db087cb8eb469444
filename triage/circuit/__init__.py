"""A protocol as one circuit of gates over the choices of its questions: what proofs, and all who judge many, read.

Only the meaning of a protocol as gates stands here, in plain Python. Imports `answers` and what is below.
"""
