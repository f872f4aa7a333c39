"""Grading a class: the run, the pool of workers, a cluster, and replaying it under new tests."""
