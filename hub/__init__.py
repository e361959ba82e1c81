"""Runs the whole hub on one machine: the database, the stand-in city, Airflow, and one day through them."""
