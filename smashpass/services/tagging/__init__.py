"""Edits of the tags of images, one or many, and how they are taken back."""
