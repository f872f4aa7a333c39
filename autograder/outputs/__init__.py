"""Everything that is derived from the gradebook: tables, results, exports, pages."""
