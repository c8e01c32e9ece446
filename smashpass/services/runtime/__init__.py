"""How a process stays current, and the jobs that no request waits for."""
