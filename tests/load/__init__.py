"""Benchmarks: each reports a ratio to a floor measured in the same run, because the machine is noisy."""
