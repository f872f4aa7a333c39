"""Saying what is wrong: the student's functions are asked small questions, answers are compared.

``asking`` puts the probes of ``reference/probes`` to a function, ``answers`` brings what comes back
into a form that can be compared, stored and shown, ``known`` holds the answers of every right and
wrong sample answer, and ``findings`` says what a function's answers mean. No points depend on it.
"""
