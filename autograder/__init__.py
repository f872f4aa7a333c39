"""Builds the notebooks of Module 5.3 and grades whole classes of untrusted submissions."""
