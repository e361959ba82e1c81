"""What a person does about feeds: held batches, set-aside rows, alerts, the state of the hub.

Everything here reads and writes the ledger (``ops``); nothing needs Airflow to run.
"""
