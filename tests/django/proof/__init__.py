"""Proof on real Django: code before and after a migration must behave alike.

`engine` runs the command, `worker` runs inside one virtual environment (one Django, one Python) and forks a fresh
process for each case; `drive` sends requests, `watch` catches what must not happen, `observe` turns all that can be
seen from outside into plain data, `compare` holds two such observations against each other.
"""
