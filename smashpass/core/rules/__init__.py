"""Decision trees: values, the two compiled forms, decisions and their explanation."""
