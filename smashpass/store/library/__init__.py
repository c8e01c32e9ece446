"""The library in the database: images, vocabulary, pictures, the change log."""
