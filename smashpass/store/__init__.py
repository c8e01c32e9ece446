"""Where does everything last? The database: tables, migrations, and one module per question."""
