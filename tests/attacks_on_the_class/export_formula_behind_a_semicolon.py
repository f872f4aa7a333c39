"""
intent: Hide a formula behind a semicolon, where some spreadsheets split cells, or a tab.
outcome: What follows a semicolon begins with an apostrophe as well.
"""

STUDENT = 'x;=1+1;@SUM(A1);\t=2;"=3'
