"""What people use who work on the hub: scaffolds, the audit of the lock, the check of tables read by name.

Nothing that runs in production imports it.
"""
