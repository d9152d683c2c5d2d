"""Commands that stand by themselves; cli.py adds them to the program."""
