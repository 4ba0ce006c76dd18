"""How well the engine does, on databases in RAP's own format."""
