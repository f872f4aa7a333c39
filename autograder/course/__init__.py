"""From exercise sources to student notebooks and autograder zips."""
