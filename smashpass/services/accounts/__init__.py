"""Who may do what: signing in, second factors, administration."""
