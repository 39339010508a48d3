"""Benchmarks and the data they run on: python3 run.py bench."""
