"""What others' code is installed: under which licences, and with which known vulnerabilities.

Belongs here: the two commands, the policy they judge by, and their tests. Does not belong here: which versions are
pinned (constraints.txt), and that they are (`tests/architecture`).
"""
