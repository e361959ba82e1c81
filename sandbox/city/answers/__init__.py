"""What departments answer when they are asked about people."""
