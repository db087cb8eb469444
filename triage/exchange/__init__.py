"""Files as people keep them: a reader for each form of file, which recognises it and makes rows of raw answers of it.

``forms`` is the list of them. Nothing about a form of file is known elsewhere, and the reader of saved answers judges
what stands in the rows. Imports `foreign`, `given_forms`, `answers` and what is below.
"""
