"""Every form in which calls leave the program as a file: spreadsheets, calendar, feed."""
