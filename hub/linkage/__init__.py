"""Linkage of people without a number: the Fellegi-Sunter model, and how Splink trains its weights.

The models of dbt score with the weights of a seed (``int_link_pair``, ``fct_person_link``). Here is the same
model as settings for Splink: to train the weights, and to check the models' arithmetic against Splink's.
"""
