"""Pages on accounts: sign-in, own account, all accounts, the audit trail."""
