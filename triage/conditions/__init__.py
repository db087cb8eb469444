"""The condition tree: its ten kinds of node, how they are read from YAML, and when one is true, false or unknown.

Everything that interprets conditions starts here. What a question, a rule or an engine is stands above; only
`documents` is imported.
"""
