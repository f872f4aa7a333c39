"""
intent: Predict a text of 100 MB, which cannot be sent, to lose the grader in its own error.
outcome: The prediction does not count; the other exercise stands.
marks: 0
"""

prediction_router = "x" * 100_000_000
