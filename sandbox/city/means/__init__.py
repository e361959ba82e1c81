"""What people own and earn."""
