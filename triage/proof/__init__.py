"""What is proved of a protocol over every possible answer set, and what worked cases and mutation show of it.

Statements, claims and their proofs stand here, by SAT over the circuit; counting is by decision diagrams. Needs the
extra ``verify`` (python-sat and dd). Imports `circuit`, `engines` and what is below.
"""
