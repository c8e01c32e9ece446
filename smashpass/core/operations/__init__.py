"""Operational records: imports, jobs, notices, and their audit trails."""
