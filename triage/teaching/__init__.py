"""For learning and teaching: the worked cases as demonstrations, the quiz and its scores.

Imports `assessment`, `interview` and what is below; how it looks on a screen stands in `terminal`.
"""
