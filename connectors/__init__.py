"""One module per system that Transverse reads, and the sync that carries their rows into the store."""
