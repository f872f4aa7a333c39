"""
intent: Replace the function that calls a test, the attack that beats stock otter.
outcome: The tests do not run in this process.
marks: 1
"""

try:
    import otter.test_files.exception_test as exception_test

    exception_test.test_case.call_func = lambda self, env: None
    exception_test.ExceptionTestFile.run = lambda self, env: None
except (ImportError, AttributeError):
    pass
