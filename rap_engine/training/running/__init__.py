"""One run: its stages, the files of its folder, and the process that it is."""
