"""Files and texts as data: what is read, with the place of every value, and what is written, whole or not at all.

Faults with places, bounded reading, packed files, YAML, JSON, tables, templates and the text that is safe to print
stand here. Nothing here knows what a questionnaire or a rule is, and nothing of the package is imported.
"""
