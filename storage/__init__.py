"""What is kept: the nouns, the tables, how they are written and how they are asked for."""
