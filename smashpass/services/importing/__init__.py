"""How does a collection become part of the library? Reader → gate → library, batch by batch."""
