#!/usr/bin/env python3
"""A second opinion on exported ledgers, written from the texts alone.

It follows docs/formats/ledger.md, RFC 6962, RFC 8032 and C2SP signed-note, tlog-checkpoint and
tlog-tiles, uses nothing but Python's standard library, and has seen no line of the Rust verifier.
It holds a whole log in memory, since it is for tests.

    verify.py [--key FILE] [--old CHECKPOINT]... BUNDLE...

prints one JSON object per bundle and ends with 0 if all are good, 1 if not.
"""

import base64
import hashlib
import json
import pathlib
import sys

# --- Ed25519 (RFC 8032, section 5.1), verification only ---------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
BASE_Y = 4 * pow(5, P - 2, P) % P


def recover_x(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 != sign else x


def add(a, b):
    s = (a[1] - a[0]) * (b[1] - b[0]) % P
    t = (a[1] + a[0]) * (b[1] + b[0]) % P
    u = 2 * a[3] * b[3] * D % P
    v = 2 * a[2] * b[2] % P
    e, f, g, h = t - s, v - u, v + u, t + s
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def decompress(encoded):
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


BASE = (recover_x(BASE_Y, 0), BASE_Y, 1, recover_x(BASE_Y, 0) * BASE_Y % P)


def ed25519_verifies(key, message, signature):
    if len(signature) != 64:
        return False
    a, r = decompress(key), decompress(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    k = int.from_bytes(digest, "little") % ORDER
    left, right = multiply(s, BASE), add(r, multiply(k, a))
    same_x = (left[0] * right[2] - right[0] * left[2]) % P == 0
    same_y = (left[1] * right[2] - right[1] * left[2]) % P == 0
    return same_x and same_y


# --- RFC 6962, section 2.1 ----------------------------------------------------------------------


def sha256(data):
    return hashlib.sha256(data).digest()


def tree_hash(leaves):
    """MTH over leaf hashes, level by level: an odd one at the end moves up unchanged."""
    if not leaves:
        return sha256(b"")
    while len(leaves) > 1:
        pairs = [sha256(b"\x01" + a + b) for a, b in zip(leaves[::2], leaves[1::2])]
        leaves = pairs + leaves[len(pairs) * 2 :]
    return leaves[0]


# --- C2SP signed notes and checkpoints ----------------------------------------------------------


class Bad(Exception):
    """A bundle is not what was signed."""


def need(condition, what):
    if not condition:
        raise Bad(what)


def strict_base64(text):
    try:
        decoded = base64.b64decode(text, validate=True)
    except ValueError:
        raise Bad("not base64") from None
    need(base64.b64encode(decoded).decode() == text, "base64 in a second spelling")
    return decoded


def is_name(name):
    return name != "" and "+" not in name and not any(c.isspace() for c in name)


class Key:
    def __init__(self, text):
        parts = text.removesuffix("\n").split("+", 2)
        need(len(parts) == 3, "not a key")
        self.name, identifier, material = parts
        material = strict_base64(material)
        need(is_name(self.name) and len(material) == 33 and material[0] == 1, "not a key")
        self.bytes = material[1:]
        self.id = sha256(self.name.encode() + b"\n" + material)[:4]
        need(self.id.hex() == identifier, "the key's id is not its own")

    def same(self, other):
        return (self.name, self.bytes) == (other.name, other.bytes)


def read_checkpoint(note, key):
    """The size and root of a checkpoint that `key` signed."""
    need(not any(c < " " and c != "\n" for c in note), "control characters in the note")
    text, separator, lines = note.rpartition("\n\n")
    need(separator and lines.endswith("\n"), "not a note")
    text += "\n"
    signed = False
    for line in lines[:-1].split("\n"):
        dash, _, rest = line.partition(" ")
        name, space, encoded = rest.partition(" ")
        need(dash == "\u2014" and space and is_name(name), "not a signature line")
        signature = strict_base64(encoded)
        need(len(signature) > 4, "not a signature")
        if name == key.name and signature[:4] == key.id:
            fits = ed25519_verifies(key.bytes, text.encode(), signature[4:])
            need(fits, "the signature does not fit")
            signed = True
    need(signed, "not signed by the key")
    fields = text[:-1].split("\n")
    need(len(fields) >= 3 and all(fields), "not a checkpoint")
    origin, size, root = fields[:3]
    need(origin == key.name, "another log")
    need(size.isascii() and size.isdigit() and str(int(size)) == size, "not a size")
    root = strict_base64(root)
    need(len(root) == 32, "not a root")
    return int(size), root


# --- The bundle ---------------------------------------------------------------------------------


def resource(prefix, index, width):
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03}")
    suffix = "" if width == 256 else f".p/{width}"
    return prefix + "/".join(groups) + suffix


def blocks(count):
    return [(i // 256, i, min(i + 256, count)) for i in range(0, count, 256)]


class Bundle:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        found = (path for path in self.folder.rglob("*") if not path.is_dir())
        self.unseen = {path.relative_to(self.folder).as_posix() for path in found}

    def read(self, path):
        need(path in self.unseen, f"{path}: missing")
        self.unseen.discard(path)
        return (self.folder / path).read_bytes()

    def text(self, path):
        try:
            return self.read(path).decode("utf-8")
        except UnicodeDecodeError:
            raise Bad(f"{path}: not UTF-8") from None


def read_entries(bundle, size):
    entries = []
    for index, first, end in blocks(size):
        path = resource("tile/entries/", index, end - first)
        data = bundle.read(path)
        while data:
            length = int.from_bytes(data[:2], "big")
            need(len(data) >= 2 + length, f"{path}: cut off")
            entries.append(data[2 : 2 + length])
            data = data[2 + length :]
        need(len(entries) == end, f"{path}: wrong number of entries")
    return entries


def check_tiles(bundle, leaves):
    """Every tile of every level holds the hashes that follow from the one below."""
    level, hashes = 0, leaves
    while hashes:
        for index, first, end in blocks(len(hashes)):
            path = resource(f"tile/{level}/", index, end - first)
            need(bundle.read(path) == b"".join(hashes[first:end]), f"{path}: changed")
        full = len(hashes) // 256
        hashes = [tree_hash(hashes[i * 256 : (i + 1) * 256]) for i in range(full)]
        level += 1


def split_entry(entry):
    """The erased index, if any, and the commitment."""
    if len(entry) == 33 and entry[0] == 1:
        return None, entry[1:]
    need(len(entry) == 41 and entry[0] == 2, "not an entry")
    return int.from_bytes(entry[1:9], "big"), entry[9:]


def read_line(line, index):
    """The salt and payload of a line, or None if it is erased."""
    try:
        fields = json.loads(line)
    except ValueError:
        raise Bad(f"payload {index}: not JSON") from None
    spelled = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    need(spelled == line, f"payload {index}: spelled otherwise")
    need(isinstance(fields, dict) and type(fields.get("index")) is int, f"payload {index}: fields")
    need(fields["index"] == index, f"payload {index}: misplaced")
    if list(fields) == ["index", "erased"]:
        need(fields["erased"] is True, f"payload {index}: neither erased nor there")
        return None
    need(list(fields)[:2] == ["index", "salt"] and len(fields) == 3, f"payload {index}: fields")
    texts = all(isinstance(value, str) for name, value in fields.items() if name != "index")
    need(texts, f"payload {index}: fields")
    salt = strict_base64(fields["salt"])
    need(len(salt) == 32, f"payload {index}: salt")
    if "payload" in fields:
        return salt, fields["payload"].encode("utf-8")
    need("payload_base64" in fields, f"payload {index}: fields")
    payload = strict_base64(fields["payload_base64"])
    try:
        payload.decode("utf-8")
    except UnicodeDecodeError:
        return salt, payload
    raise Bad(f"payload {index}: text not written as text")


def check_payloads(bundle, entries):
    kinds, erased, unordered = {}, 0, set()
    for number, first, end in blocks(len(entries)):
        path = resource("payload/", number, end - first)
        lines = bundle.text(path).split("\n")
        need(lines.pop() == "" and len(lines) == end - first, f"{path}: wrong number of lines")
        for index, line in enumerate(lines, first):
            target, commitment = split_entry(entries[index])
            body = read_line(line, index)
            if body is None:
                erased += 1
                unordered.add(index)
            else:
                need(sha256(body[0] + body[1]) == commitment, f"payload {index}: changed")
                try:
                    kind = json.loads(body[1])["kind"]
                except (ValueError, KeyError, TypeError, RecursionError):
                    kind = None
                kinds[kind] = kinds.get(kind, 0) + 1
            if target is not None:
                need(target in unordered, f"order {index}: not carried out")
                unordered.discard(target)
    need(not unordered, f"payloads {sorted(unordered)}: erased without order")
    return kinds, erased


def verify(folder, key, old):
    bundle = Bundle(folder)
    enclosed = Key(bundle.text("key.txt"))
    if key is None:
        key = enclosed
    need(key.same(enclosed), "key.txt: another key")
    size, root = read_checkpoint(bundle.text("checkpoint"), key)
    # More entries than files can hold need not be counted.
    need(size <= 256 * len(bundle.unseen), "entries missing")
    entries = read_entries(bundle, size)
    leaves = [sha256(b"\x00" + entry) for entry in entries]
    check_tiles(bundle, leaves)
    need(tree_hash(leaves) == root, "the entries do not hash to the signed root")
    for note in old:
        known_size, known_root = read_checkpoint(note, key)
        need(known_size <= size, f"rolled back from {known_size} to {size}")
        need(tree_hash(leaves[:known_size]) == known_root, f"history before {known_size} rewritten")
    kinds, erased = check_payloads(bundle, entries)
    need(not bundle.unseen, f"unexpected: {sorted(bundle.unseen)}")
    return {"size": size, "erased": erased, "kinds": {str(kind): n for kind, n in kinds.items()}}


def main(arguments):
    key, old, folders = None, [], []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--key":
            key = Key(pathlib.Path(next(rest)).read_text(encoding="utf-8"))
        elif argument == "--old":
            old.append(pathlib.Path(next(rest)).read_text(encoding="utf-8"))
        else:
            folders.append(argument)
    good = bool(folders)
    for folder in folders:
        try:
            verdict = {"good": True, **verify(folder, key, old)}
        except Bad as bad:
            good, verdict = False, {"good": False, "fault": str(bad)}
        print(json.dumps({"bundle": folder, **verdict}, ensure_ascii=False))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
