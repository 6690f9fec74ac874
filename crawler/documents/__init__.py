"""What calls only say in an attached file: which files, how they are fetched, what they say."""
