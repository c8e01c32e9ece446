"""Picture files: their properties, the marks of their origin, their appearance."""
