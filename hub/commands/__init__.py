"""The commands of the hub: their arguments, and the lines they print."""
