"""What a bare SQLite, a bare SHA-256 and Python's own comparison do with the same bytes: the yardsticks of `cargo xtask bench`.

    bare.py size FILE                            bytes in the ledger of a book
    bare.py commit FILE CLIENTS SECONDS BYTES    commits a second, one row of that size in each
    bare.py memory COMMAND                       megabytes at most held by one process of a shell command
    bare.py difflib FILE OTHER                   seconds to make a table of two texts side by side
    bare.py sha256 FILE                          seconds to hash the ledger's bytes, already in memory
    bare.py search FILE PERCENTILE               milliseconds of a full-text search for the clauses and queries of the file
"""

import difflib
import hashlib
import json
import resource
import sqlite3
import subprocess
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


def memory(command):
    subprocess.run(command, shell=True, check=True, stdout=subprocess.DEVNULL)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000


def compare(file, other):
    old, new = (open(name, encoding="utf-8").read().splitlines() for name in (file, other))
    start = time.perf_counter()
    difflib.HtmlDiff().make_table(old, new)
    return time.perf_counter() - start


def search(file, percentile):
    lines = [json.loads(line) for line in open(file, encoding="utf-8")]
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE clause USING fts5(path UNINDEXED, text, tokenize = 'trigram')")
    rows = [(line["path"], line["text"]) for line in lines if "text" in line]
    connection.executemany("INSERT INTO clause VALUES (?, ?)", rows)
    times = []
    for words in (line["words"] for line in lines if "words" in line):
        # Trigrams find no word of two characters; such words are looked for by LIKE, as SQLite's manual says.
        long = [word for word in words if len(word) > 2]
        short = [word for word in words if len(word) <= 2]
        match = " AND ".join('"' + word.replace('"', '""') + '"' for word in long)
        terms = (["clause MATCH ?"] if long else []) + ["text LIKE ?"] * len(short)
        values = ([match] if long else []) + [f"%{word}%" for word in short]
        order = " ORDER BY rank" if long else ""
        start = time.perf_counter()
        connection.execute(f"SELECT path, text FROM clause WHERE {' AND '.join(terms)}{order}", values).fetchmany(50)
        times.append(time.perf_counter() - start)
    times.sort()
    return times[len(times) * percentile // 100] * 1e3


what, file, *more = sys.argv[1:]
more = [int(word) if word.isdigit() else word for word in more]
print({"size": size, "commit": commit, "sha256": sha256, "memory": memory, "difflib": compare, "search": search}[what](file, *more))
