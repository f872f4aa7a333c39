"""Builds the notebooks of Module 5.3 and grades whole classes of untrusted submissions."""

import sys

# nbformat imports jsonschema, which imports this if it can, to check addresses that are written in
# other alphabets. That compiles a grammar for 1 to 3 s, and no notebook's schema asks for it.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
