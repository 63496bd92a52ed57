"""Benchmarks: each compares with a named alternative in the same run and prints ratios."""
