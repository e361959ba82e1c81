"""Trains the linkage of people without an ID number: the Fellegi-Sunter model, with weights trained by
Splink.

The dbt models score with the weights of a seed (``int_link_pair``, ``fct_person_link``). This package words
the same model as settings for Splink: to train the weights, and to check the models' arithmetic against
Splink's.
"""
