"""The interview without a surface: which questions can still change the result, in which order, and how it is kept.

No words for a screen stand here. Imports `engines` and what is below.
"""
