"""Benchmarks: `python -m bench [name…]`. They assert what is compared, never durations."""
