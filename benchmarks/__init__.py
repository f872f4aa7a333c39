"""Measurements of the grader beside its peers; `make benchmarks` runs them."""
