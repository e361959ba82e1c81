"""The gate between loading and publication: checks derived from the declarations, and one verdict.

    from expectations.gate import check_feeds, check_marts

A *check* is a bound on a figure. The database computes all figures of a table in one statement
(``feed_profile``, ``mart_checks``); Great Expectations compares them with the bounds and writes the Data
Docs. No row leaves the database for a check, so no personal value can reach a result.
"""
