"""Index files: written beside and renamed, checked when opened, mapped into memory."""
