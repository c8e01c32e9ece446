"""Import runs, jobs, notices, the audit trail, limits, exports."""
