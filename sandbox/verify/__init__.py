"""Compares what was published with what the city planted."""
