"""Files of who had what, as papers publish them, read as pairs of codes."""
