"""Many cases at once, near the speed of reading their file; the same answers as the plain engine, case by case.

``reading`` makes bits of files of every form, ``results`` puts conclusions into columns and lines, and ``job`` is a
whole run; ``relations`` is all of it for tables in memory. Each imports only those before it. What answers mean stands
in ``triage.answers``, and what judges many people at once in ``triage.circuit``.

The words of these rooms: a *layout* gives every choice a bit; the *bit engine* judges people whose answers are such
bits; a *block* is some rows of a file; the *exact reader* reads one row as ``triage.answers.reading`` does. Every row
that the quick readers do not understand is left to it.
"""
