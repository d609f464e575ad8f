"""Runs the engine over many files and reads what it reports; a file without a report is one it crashed on."""

import json
import os
import pathlib
import subprocess

BATCH = 400


class Engine:
    """`sekisho`, or the example `sanitize` (the engine without sandbox)."""

    def __init__(self, program):
        self.program, self.sandboxed = str(program), not str(program).endswith("examples/sanitize")

    def command(self, files, folder, report, passwords, repeat=1):
        if self.sandboxed:
            words = [self.program, "sanitize", *files, "-o", str(folder), "--report", str(report), "--overwrite"]
            if passwords:
                secret = pathlib.Path(str(report) + ".passwords")
                secret.write_text("".join(word + "\n" for word in passwords))
                words += ["--password-file", str(secret)]
            return words
        return [self.program, "--repeat", str(repeat), *(p for word in passwords for p in ("--password", word)), *files, str(folder)]

    def run(self, files, folder, passwords=(), repeat=1):
        """Reports by input path. Names of the files must differ."""
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        left, reports = [str(file) for file in files], {}
        while left:
            batch, report = left[:BATCH], folder.with_suffix(".report")
            report.unlink(missing_ok=True)
            done = subprocess.run(self.command(batch, folder, report, passwords, repeat), capture_output=True, text=True, timeout=1800)
            lines = report.read_text() if self.sandboxed and report.exists() else done.stdout
            seen = 0
            by_name = {os.path.basename(path): path for path in batch}
            for line in lines.splitlines():
                item = json.loads(line)
                path = item["input"] if item["input"] in batch else by_name.get(os.path.basename(item["input"]), item["input"])
                if item.get("output"):
                    output = pathlib.Path(item["output"])
                    item["output"] = str(output if output.is_absolute() and output.exists() else folder / output)
                reports[path] = item
                seen += 1
            left = [path for path in left if path not in reports]
            if left and seen < len(batch):
                # The first file without a line is the one that ended the run.
                crashed = left.pop(0)
                reports[crashed] = {"input": crashed, "outcome": "HELD", "output": None, "reason": "no-report", "removed": [], "seconds": 0, "peak_bytes": 0, "crash": done.stderr[-300:]}
        return reports
