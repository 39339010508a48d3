"""Glue that knows no business word: database, pages, jobs, errors, clock, language, files."""
