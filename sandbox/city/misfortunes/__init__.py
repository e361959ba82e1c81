"""What happens to people, as departments report it, and what only looks like it."""
