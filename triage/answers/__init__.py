"""What people said: answers, answer files, worked cases and examples, read, converted from earlier codes and written.

The exact reader reads very many of them, each different one once. How answers are judged does not stand here. Imports
`protocol` and what is below it.
"""
