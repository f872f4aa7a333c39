"""
intent: Put a script into the prediction, an exception and the output.
outcome: It is text everywhere.
events: [error]
marks: 1
"""

prediction_router = "<script>window.pwnedByStudent=1</script>"
print("<img src=x onerror='window.pwnedByStudent=1'>")
raise ValueError("<script>window.pwnedByStudent=1</script>")
