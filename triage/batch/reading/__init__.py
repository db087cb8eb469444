"""Answers as they come: files of every form in blocks of rows, and each row's answers as bits, ids and kept values."""
