"""A protocol in other forms: for reviewers, for readers, for programs."""
