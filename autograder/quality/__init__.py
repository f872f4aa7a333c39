"""The tests, tested: the sample answers graded, the solutions mutated, the tolerances measured.

``command`` is what ``autograder check`` does; ``check``, ``mutate`` and ``calibrate`` find out, and
``tables`` writes it down.
"""
