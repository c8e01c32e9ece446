"""Commands on accounts, the audit trail, quarantine and takedowns."""
