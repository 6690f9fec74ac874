"""The history of the tables, applied by ``storage.database`` when a database is opened."""
