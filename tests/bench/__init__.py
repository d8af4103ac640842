"""Benches: `python -m tests.bench.<name>` measures against a reference in the same run and exits 1 below its target."""
