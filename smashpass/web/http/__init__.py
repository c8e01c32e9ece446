"""What all routes share: reading requests, schemas, problems, identity, limits."""
