"""What people look at: the instructor's report and the students' pages."""
