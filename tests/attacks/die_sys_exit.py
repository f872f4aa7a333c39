"""
intent: Leave with sys.exit in a cell.
outcome: A sentence says so; nothing else is lost.
events: [error, crash]
marks: 1
"""

import sys

sys.exit("full marks please")
