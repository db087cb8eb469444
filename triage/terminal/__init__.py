"""What a person sees in a terminal: interview, result, demonstrations, quiz and reference pages.

Nothing is decided here. Imports every room below; nothing but the command line imports it.
"""
