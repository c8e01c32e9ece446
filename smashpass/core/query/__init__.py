"""The query language: text -> syntax -> bound query -> image set."""
