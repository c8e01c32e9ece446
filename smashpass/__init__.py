"""smashpass: an honest, explainable swipe server over a library of tagged images."""

__version__ = "0.1.0"
