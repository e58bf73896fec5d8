"""Backups: the store and its configuration, sealed, checked and taken off this machine; and back.

``key`` the key, ``sealed`` how a file is encrypted, ``archive`` what is in it, ``take`` makes one,
``deliver`` brings it away, ``restore`` brings it back, ``last`` remembers the last, ``schedule`` is
the daemon's part. A backup runs in a process of its own: the alarm path must not wait for it.
"""
