"""A protocol as one circuit of gates over the choices of its questions: what proofs, and all who judge many, read."""
