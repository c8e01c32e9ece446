"""The composition root: the only place where adapters are made and handed to use cases."""
