"""A protocol as it stands in its folder: questions, rules, catalogue and words, read and checked against each other.

Records of data and their checks stand here, and the prose of conditions. What becomes of somebody's answers does not.
Imports `conditions` and `documents`.
"""
