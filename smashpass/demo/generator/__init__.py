"""Pictures for the recipe from an image generator that the operator names."""
