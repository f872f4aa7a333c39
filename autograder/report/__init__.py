"""What people look at: the instructor's report, made from the gradebook alone."""

from autograder.report.page import explain_nothing, write_report
from autograder.report.stats import Explain

__all__ = ["Explain", "explain_nothing", "write_report"]
