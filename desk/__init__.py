"""Room where people sit: the command line, and every form in which answers leave the program."""
