"""A protocol in other forms: for reviewers, for readers, for programs.

The stories that measure a protocol are judged here, for the book and the benchmark; one
person's answers are not. Imports `assessment`, `proof` and what is below.
"""
