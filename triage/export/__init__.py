"""A protocol in other forms: for reviewers, for readers, for programs.

One person's answers do not come here. Imports `assessment`, `proof` and what is below.
"""
