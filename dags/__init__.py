"""Defines what runs when. No business logic: the tasks call the other rooms."""
