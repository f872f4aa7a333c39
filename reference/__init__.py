"""Reference library: one module an exercise, never shown to students."""
