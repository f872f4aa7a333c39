"""
intent: Call a folder by the safe name that Ada's row has, hash included.
outcome: A name that looks as if it carried a hash gets another one.
"""

from autograder.intake.names import safe_name

STUDENT = safe_name("Ada Lovelace")
