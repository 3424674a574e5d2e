"""Runs an SDK: `report.py <file or -m module> [argument…]`. At the end it says what the process was given, and whether its
memory holds a secret. Every secret of these tests has one word twice; here the word stands once."""
import atexit
import json
import os
import re
import runpy
import sys

SECRET = re.compile(rb"(5ec2e7)\1")
CHUNK = 1 << 20
path = os.path.join(os.getcwd(), "report.json")
env = dict(os.environ)


def memory():
    """What every writable part of the memory that holds a secret is, or None where the system does not show it."""
    if not sys.platform.startswith("linux"):
        return None
    found = []
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as file:
        for line in maps.read().splitlines():
            where, mode = line.split()[:2]
            if not mode.startswith("rw"):
                continue
            start, end = (int(part, 16) for part in where.split("-"))
            # The chunks overlap, so that none cuts a secret.
            for at in range(start, end, CHUNK - 64):
                try:
                    file.seek(at)
                    chunk = file.read(min(CHUNK, end - at))
                except (OSError, OverflowError, ValueError):
                    break  # Memory of a device.
                if SECRET.search(chunk):
                    found.append(line)
                    break
    return found


def report():
    with open(path, "w") as file:
        json.dump({"env": env, "memory": memory()}, file)


atexit.register(report)
if sys.argv[1] == "-m":
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
else:
    sys.argv = sys.argv[1:]
    sys.path.insert(0, os.getcwd())
    runpy.run_path(sys.argv[0], run_name="__main__")
