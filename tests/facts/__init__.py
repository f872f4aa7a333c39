"""Every number that the lessons quote, computed again: one row a number.

The text of the course is older than the exercises and some of its numbers are wrong. A row holds
what the course or a paper says, what the reference library or a closed form computes, and a verdict
that the test checks:

exact         reproduced to the printed digits
rounded       not to the printed digits, but within 5 %
inconsistent  no convention of the exercises gives it, or it contradicts another number
wrong         the statement behind it is false; the computed value is the right one

``python -m tests.facts`` writes the table to docs/facts.md; tests/test_facts.py compares.
"""
