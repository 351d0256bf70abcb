"""The language server: editors on one side, the daemon on the other.

It holds the texts that are open, translates places and words between the language
server protocol and the daemon's, and knows nothing of its own about inputs.
"""
