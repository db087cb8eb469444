"""Answers as people keep them: files of other programs, read as plain rows of raw answers, and forms to give out.

Each form of file is a module that recognises it and reads it; ``forms`` is the list of them. Nothing about a form of
file is known elsewhere, and nothing here judges an answer: what a cell says goes to the reader of saved answers as it
would stand in a file of our own, and what nobody understands goes there as it was written. Imports `answers` and what
is below it.
"""
