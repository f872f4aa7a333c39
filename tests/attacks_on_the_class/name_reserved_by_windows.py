"""
intent: Hand in as nul, which Windows cannot store, with spaces and dots at the end.
outcome: The name of results and pages carries a hash.
"""

STUDENT = "nul.. "
