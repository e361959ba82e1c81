"""A stand-in city: the other side of every connector, on the real protocols, with known truth."""
