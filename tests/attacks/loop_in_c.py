"""
intent: Loop for ever inside C code, where no Python signal handler runs.
outcome: The deadline kills the process.
events: [timeout]
marks: 1
"""

sum(range(10**18))
