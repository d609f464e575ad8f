"""What a bare SQLite, a bare SHA-256 and Python's own comparison do with the same bytes: the yardsticks of `cargo xtask bench`.

    bare.py size FILE                            bytes in the ledger of a book
    bare.py commit FILE CLIENTS SECONDS BYTES    commits a second, one row of that size in each
    bare.py difflib FILE OTHER                   seconds to make a table of two texts side by side
    bare.py sha256 FILE                          seconds to hash the ledger's bytes, already in memory
"""

import difflib
import hashlib
import sqlite3
import sys
import threading
import time


def size(file):
    return sqlite3.connect(file).execute("SELECT COALESCE(SUM(LENGTH(data)), 0) FROM ledger_segment").fetchone()[0]


def connect(file):
    connection = sqlite3.connect(file, isolation_level=None, timeout=60)
    # As durable as the book: each commit is on disk before it is acknowledged.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def commit(file, clients, seconds, size):
    connect(file).execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, data BLOB NOT NULL)")
    done = [0] * clients
    end = time.monotonic() + seconds

    def work(client):
        connection = connect(file)
        data = bytes([client]) * size
        while time.monotonic() < end:
            connection.execute("INSERT INTO bare (data) VALUES (?)", (data,))
            done[client] += 1

    threads = [threading.Thread(target=work, args=(client,)) for client in range(clients)]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.monotonic() - start)


def sha256(file):
    rows = [data for (data,) in sqlite3.connect(file).execute("SELECT data FROM ledger_segment ORDER BY first")]
    start = time.perf_counter()
    digest = hashlib.sha256()
    for data in rows:
        digest.update(data)
    digest.digest()
    return time.perf_counter() - start


def compare(file, other):
    old, new = (open(name, encoding="utf-8").read().splitlines() for name in (file, other))
    start = time.perf_counter()
    difflib.HtmlDiff().make_table(old, new)
    return time.perf_counter() - start


what, file, *more = sys.argv[1:]
more = [int(word) if word.isdigit() else word for word in more]
print({"size": size, "commit": commit, "sha256": sha256, "difflib": compare}[what](file, *more))
