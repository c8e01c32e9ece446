"""Pages on accounts: signing in, one's own, everybody's, the audit trail."""
