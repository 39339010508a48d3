"""Spreadsheets and delimited text, read in a guarded child process and written in constant memory.

`reading` and `writing` are the two doors. This file imports nothing: the child starts through it on every upload.
"""
