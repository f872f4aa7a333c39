"""The marking desk: a page on this computer on which an instructor decides.

::

    server     a socket on 127.0.0.1, uvicorn, the browser
      app      addresses to views; errors as sentences
        guard  who may ask at all: the cookie, the host, the origin of a write
        pages  what each view says
        marking  the only module that writes, and only decisions
      reading  the class as it is now, read again in the background when the gradebook changes

The server never runs students' code. Their text is escaped; their HTML is cleaned as for the
feedback pages and stands in a sandboxed frame of its own, without scripts.
"""
