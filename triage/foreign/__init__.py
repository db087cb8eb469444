"""What files of other programs are made of: rows, columns, cells, headings, mappings, and what they say in our codes.

Nothing about one program is known here, and no answer is judged: what nobody understands is left as it was written.
Imports `given_forms`, `answers` and what is below.
"""
