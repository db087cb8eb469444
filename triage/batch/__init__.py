"""Many cases at once, near the speed of reading their file; the same answers as the plain engine, case by case.

The words of these rooms: a *layout* gives every choice a bit; the *bit engine* judges people whose answers are such
bits; a *block* is some rows of a file; the *exact reader* reads one row as ``triage.answers.reading`` does. Every row
that the quick readers do not understand is left to it.
"""
