"""Search of the vocabulary by meaning. Independent of images and query syntax."""
