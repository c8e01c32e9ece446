"""The use cases. They say what they need from outside as Protocols; bootstrap hands it to them."""
