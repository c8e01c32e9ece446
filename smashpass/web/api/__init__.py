"""What can be asked of the API? One module a group of routes."""
