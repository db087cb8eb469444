"""What people said: answers, answer files, worked cases and examples, read, converted from earlier codes and written.

How answers are judged does not stand here. Imports `protocol` and what is below it.
"""
