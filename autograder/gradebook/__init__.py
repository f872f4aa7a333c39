"""What is remembered: students, attempts, gradings and what people decided."""
