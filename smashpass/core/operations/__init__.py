"""What running the server keeps: imports, jobs, notices, and the trails of both."""
