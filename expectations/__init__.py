"""The gate between loading and publication: suites derived from the declarations, one verdict.

    from expectations.gate import check_feeds, check_marts

A *check* is a bound on a figure. The figures of a table come from one statement that the database
answers (``profile``, ``mart_profile``); Great Expectations compares them with the bounds, says which hold
and writes the Data Docs. No row leaves the database for it, so no personal value can reach a result.
"""
