"""Benchmarks: cfspace and its peers side by side, in one process, on the same networks."""
