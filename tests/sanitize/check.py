#!/usr/bin/env python3
"""Proves what `sekisho sanitize` promises, with programs that share nothing with it.

    check.py --engine PROGRAM --scratch DIR [--corpus DIR] [--full] [--only PART] [--failures FILE]

Parts: corpus (oracles, fail-open, delivery, idempotence), canaries, dangers (metamorphic), fidelity.
"""

import argparse
import collections
import hashlib
import multiprocessing
import os
import pathlib
import resource
import sys
import time

sys.dont_write_bytecode = True

import valid  # noqa: E402
from engine import Engine  # noqa: E402

DELIVERED = 0.97
MEMORY = 6 << 30


class Failures:
    """What went wrong, told at the end and in a file for whoever mends it."""

    def __init__(self, file):
        self.lines, self.file = [], file

    def add(self, name, oracle, what):
        line = f"{name}\t{oracle}\t{what}"
        if line not in self.lines:
            self.lines.append(line)

    def tell(self):
        if self.file:
            pathlib.Path(self.file).write_text("".join(line + "\n" for line in self.lines))
        for line in self.lines[:60]:
            print("  " + line.replace("\t", " | "))
        if len(self.lines) > 60:
            print(f"  … and {len(self.lines) - 60} more")


def limited():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def pool():
    return multiprocessing.Pool(os.cpu_count(), initializer=limited, maxtasksperchild=400)


def sha256(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def examine(path):
    """What the oracles say about one file; their own failure is `unknown`."""
    from oracle import look

    try:
        found = look(path)
        return found.danger, found.broken, found.unknown, found.soft
    except BaseException as error:  # noqa: BLE001
        return [], [], [f"oracle: {type(error).__name__}: {error}"[:120]], []


def invalid(path):
    return valid.why_not(path)


def closed(reports, folder, failures):
    """Nothing but what is reported came out, and nothing came out of what was held."""
    outputs = set()
    for path, report in reports.items():
        name, output = os.path.basename(path), report.get("output")
        if report.get("reason") in ("no-report", "crashed"):
            failures.add(name, "crash", report.get("crash") or report.get("detail") or "")
        if report["outcome"] == "HELD":
            if output is not None:
                failures.add(name, "fail-open", "held, and yet there is an output")
            if not report.get("reason"):
                failures.add(name, "report", "held without a reason")
            continue
        if report["outcome"] not in ("REBUILT", "VERIFIED", "FLATTENED") or output is None or not os.path.exists(output):
            failures.add(name, "fail-open", f"{report['outcome']} without an output")
            continue
        outputs.add(os.path.realpath(output))
        if sha256(output) != report["sha256_out"] or sha256(path) != report["sha256_in"]:
            failures.add(name, "report", "hashes differ from the files")
        same = sha256(output) == sha256(path)
        if same and report["outcome"] != "VERIFIED" and report["removed"]:
            failures.add(name, "fail-open", "original bytes although something was removed")
    for stray in folder.rglob("*"):
        if stray.is_file() and os.path.realpath(stray) not in outputs:
            failures.add(stray.name, "fail-open", "an output that no report knows")


def again(engine, reports, scratch, failures, some):
    """Same input, same bytes; an output comes out as it went in, with nothing removed."""
    made = {path: report for path, report in reports.items() if report["outcome"] != "HELD" and os.path.exists(report["output"] or "")}
    if some:
        made = dict(list(made.items())[:: max(1, len(made) // some)])
    twice = engine.run(list(made), scratch / "twice")
    for path, report in made.items():
        if twice[path].get("sha256_out") != report["sha256_out"]:
            failures.add(os.path.basename(path), "determinism", "other bytes the second time")
    outputs = {report["output"]: path for path, report in made.items()}
    fixed = engine.run(list(outputs), scratch / "again")
    for output, path in outputs.items():
        report = fixed[output]
        name = os.path.basename(path)
        if report["outcome"] == "HELD":
            failures.add(name, "idempotence", f"its own output is held: {report['reason']} {report.get('detail', '')}"[:160])
        elif report["sha256_out"] != sha256(output):
            failures.add(name, "idempotence", f"output changes again: {[(r['kind'], r['place'][:40]) for r in report['removed'][:3]]}")
        elif report["removed"]:
            failures.add(name, "idempotence", f"removes from its own output: {report['removed'][:2]}")
    return len(made)


def infected(folder, scratch, failures):
    """ClamAV with a signature of EICAR only; the string is put together here."""
    eicar = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
    base = scratch / "signatures"
    base.mkdir(exist_ok=True)
    (base / "eicar.ndb").write_text(f"Eicar:0:*:{eicar.hex()}\n")
    import shutil
    import subprocess

    if shutil.which("clamscan") is None:
        print("no clamscan: outputs are not scanned")
        return
    sample = scratch / "eicar.zip"
    import zipfile

    with zipfile.ZipFile(sample, "w") as archive:
        archive.writestr("a.txt", eicar)
    probe = subprocess.run(["clamscan", "--no-summary", "-d", str(base), str(sample)], capture_output=True, text=True)
    if probe.returncode != 1:
        failures.add("eicar", "clamav", "does not find its own test file")
    done = subprocess.run(["clamscan", "-ri", "--no-summary", "-d", str(base), str(folder)], capture_output=True, text=True)
    for line in done.stdout.splitlines():
        if line.endswith("FOUND"):
            failures.add(os.path.basename(line.split(":")[0]), "clamav", line.split(": ")[-1])
    if done.returncode > 1:
        failures.add("outputs", "clamav", "scanner failed: " + done.stderr[-100:])


def corpus(engine, files, scratch, failures, full, verbose=True):
    """The oracles over outputs; delivery; determinism and idempotence."""
    folder = scratch / "out"
    reports = engine.run(files, folder)
    closed(reports, folder, failures)
    delivered = {path: report for path, report in reports.items() if report["outcome"] != "HELD" and report["output"] and os.path.exists(report["output"])}
    with pool() as workers:
        outputs = [report["output"] for report in delivered.values()]
        found = workers.map(examine, outputs, chunksize=2)
        counted = [path for path in reports if valid.family(path)]
        reasons = dict(zip(counted, workers.map(invalid, counted, chunksize=2)))
    unknown, soft, dirty = 0, 0, 0
    for path, (danger, broken, missing, mild) in zip(delivered, found):
        name = os.path.basename(path)
        dirty += bool(danger)
        for code, where in danger:
            failures.add(name, "danger", f"{code}: {where}")
        for code, where in broken:
            failures.add(name, "broken", f"{code}: {where}")
        for text in missing:
            failures.add(name, "unknown", text)
        unknown += bool(missing)
        soft += bool(mild)
    infected(folder, scratch, failures)
    checked = again(engine, reports, scratch, failures, None if full else 60)
    outcomes = collections.Counter(report["outcome"] for report in reports.values())
    print(f"{len(reports)} files: " + ", ".join(f"{count} {name}" for name, count in sorted(outcomes.items())))
    print(f"oracles over {len(delivered)} outputs: {dirty} with danger left, {unknown} with a detector that failed, {soft} with what only a policy decides")
    print(f"{checked} sanitized twice and once more")
    print(f"{'family':<8}{'files':>7}{'valid':>7}{'delivered':>11}{'share':>8}")
    for family in ("docx", "xlsx", "pptx", "odt", "ods", "odp", "pdf", "image", "zip"):
        of = [path for path in counted if valid.family(path) == family]
        good = [path for path in of if reasons[path] is None]
        out = [path for path in good if reports[path]["outcome"] in ("REBUILT", "VERIFIED")]
        if not of:
            continue
        share = len(out) / len(good) if good else 1.0
        print(f"{family:<8}{len(of):>7}{len(good):>7}{len(out):>11}{share:>8.3f}")
        for path in good:
            if path not in out and (share < DELIVERED or verbose):
                report = reports[path]
                line = (os.path.basename(path), "delivery", f"valid but {report['outcome']}: {report['reason']} {report.get('detail') or ''}"[:200])
                failures.add(*line) if share < DELIVERED else print("  held: " + " | ".join(line))
    return reports


def behind(gate, reports, files, folder, failures):
    """The same engine in its sandbox: the same outcome and bytes."""
    boxed = gate.run(files, folder)
    closed(boxed, folder, failures)
    for path in files:
        one, other = reports[path], boxed[path]
        if (one["outcome"], one.get("sha256_out")) != (other["outcome"], other.get("sha256_out")):
            failures.add(os.path.basename(path), "gate", f"{other['outcome']} {other.get('reason')} in the sandbox, {one['outcome']} without")
    print(f"{len(files)} files through the sandbox as well")


def corpus_files(folder):
    return sorted(str(path) for path in folder.rglob("*") if path.is_file() and path.name not in ("MANIFEST.tsv", "README.md"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", required=True)
    parser.add_argument("--gate", help="sekisho, whose sandboxed engine must say the same")
    parser.add_argument("--scratch", required=True, type=pathlib.Path)
    parser.add_argument("--corpus", type=pathlib.Path)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--match", default="", help="only files whose path contains this")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--failures")
    arguments = parser.parse_args()
    scratch = arguments.scratch
    scratch.mkdir(parents=True, exist_ok=True)
    engine, failures = Engine(arguments.engine), Failures(arguments.failures)
    parts = arguments.only or ["corpus", "canaries", "dangers", "fidelity"]
    files = corpus_files(arguments.corpus) if arguments.corpus and arguments.corpus.is_dir() else []
    if not files:
        print("no corpus beside this repository: only files made here are checked")
    files = [path for path in files if arguments.match in path]

    import samples  # noqa: PLC0415  (needs the libraries of others)

    own = samples.write(scratch / "own")
    reports = {}
    for part in ("corpus", "canaries", "dangers", "fidelity"):
        if part not in parts:
            continue
        start = time.monotonic()
        print(f"\n{part}")
        if part == "corpus":
            reports = corpus(engine, own + files, scratch / "corpus", failures, arguments.full)
            if arguments.gate:
                behind(Engine(arguments.gate), reports, own, scratch / "gate", failures)
        elif part == "canaries":
            import canaries

            canaries.check(engine, scratch / "canaries", failures)
        elif part == "dangers":
            import dangers

            dangers.check(engine, scratch / "dangers", failures, files, arguments.full)
        elif part == "fidelity":
            import fidelity

            reports = reports or engine.run(own + files, scratch / "corpus" / "out")
            fidelity.check(reports, scratch / "fidelity", failures, arguments.full)
        print(f"({time.monotonic() - start:.0f} s)")
    print()
    if failures.lines:
        print(f"{len(failures.lines)} failures:")
        failures.tell()
        return 1
    failures.tell()
    print("nothing to complain about")
    return 0


if __name__ == "__main__":
    sys.exit(main())
