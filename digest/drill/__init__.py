"""The drill: sends for real to a mail server of its own, kills the senders, and adds up who got what.

A door like the command line: it drives `digest send` from outside and believes only what the server wrote down.
"""
