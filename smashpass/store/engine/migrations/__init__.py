"""How the schema came to be what it is; Alembic runs these, called by ``database.migrate``."""
