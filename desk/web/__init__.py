"""The pages and answers that leave over HTTP."""
