"""The result of one person's answers with its reasons, its explanation, what would change it, and its letter.

Surfaces show what is made here. Imports `proof`, `engines` and what is below.
"""
