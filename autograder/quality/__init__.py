"""The tests, tested: the bank graded, the solutions mutated, the tolerances measured.

``command`` is what ``autograder check`` does; ``check``, ``mutate`` and ``calibrate`` find out, and
``tables`` writes it down.
"""
