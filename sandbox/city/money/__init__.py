"""What is due, what is paid, and what went wrong with it."""
