"""Builds the models of a day: only what is not built yet from the present batches, parameters and day."""
