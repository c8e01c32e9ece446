"""Picture files: decoding in limited child processes, sizes, placeholders, the folder of files."""
