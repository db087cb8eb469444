"""Conclusions as they go out: Arrow columns, lines of JSON or comma-separated values, and Parquet files."""
