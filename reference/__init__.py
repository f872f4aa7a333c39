"""Reference library: one module per exercise, never shown to students."""
