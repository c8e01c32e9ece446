"""The words of the vocabulary, searched by meaning. Knows no image and no query syntax."""
