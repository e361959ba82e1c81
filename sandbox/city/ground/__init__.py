"""What every part of the city stands on: time, places, names, people, the book of what is expected."""
