"""Measures all clients in one run, and prints a table of ratios. See README.md."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROUNDS = int(os.environ.get("ROUNDS", "7"))
CONTENDERS = {
    "sync": (["bare", "ours", "httpx", "requests", "pyreqwest"], 2000),
    "async": (["ours", "httpx", "aiohttp", "pyreqwest"], 1000),
    "async50": (["ours", "httpx", "aiohttp", "pyreqwest"], 2000),
    "validation": (["ours", "pydantic"], 20000),
}
IMPORTS = {
    "ours": "leadsquared_webhooks",
    "httpx + pydantic": "httpx, pydantic",
    "requests + pydantic": "requests, pydantic",
    "aiohttp + pydantic": "aiohttp, pydantic",
    "pyreqwest + pydantic": "pyreqwest.client, pydantic",
}
# Labels in the tables; every other client validates with pydantic.
WITH = {"bare": "bare reqwest, a ready body", "ours": "leadsquared-webhooks"}


def contender(name: str, way: str, port: str, calls: int, bare: str) -> dict[str, float]:
    """Run one client once, and return its times."""
    if name == "bare":
        # Its CPU clock is coarse.
        command = [bare, "call", port, str(calls * 10)]
    else:
        command = [sys.executable, str(HERE / "contenders.py"), name, way, f"http://127.0.0.1:{port}", str(calls)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    figures: dict[str, float] = json.loads(printed)
    return figures


def measure(way: str, port: str, bare: str) -> None:
    """Measure one mode, with the clients in turn in each round, and print their medians."""
    names, calls = CONTENDERS[way]
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(ROUNDS):
        for name in names:
            runs[name].append(contender(name, way, port, calls, bare))
    medians = {
        name: {clock: statistics.median(run[clock] for run in of_one) for clock in ("wall", "cpu")}
        for name, of_one in runs.items()
    }
    print(f"\n| {way} | time | CPU | time, ours = 1 | CPU, ours = 1 |\n| --- | --- | --- | --- | --- |")
    for name in names:
        wall, cpu = medians[name]["wall"], medians[name]["cpu"]
        shown = WITH.get(name, name if name == "pydantic" else f"{name} + pydantic")
        ratios = f"{wall / medians['ours']['wall']:.2f} | {cpu / medians['ours']['cpu']:.2f}"
        print(f"| {shown} | {wall * 1e6:.1f} µs | {cpu * 1e6:.1f} µs | {ratios} |", flush=True)


def imports() -> None:
    """Measure the time that each import adds to an empty interpreter."""
    clock = "import time; b = time.perf_counter(); {}; print((time.perf_counter() - b) * 1000)"
    taken: dict[str, list[float]] = {name: [] for name in IMPORTS}
    for _ in range(ROUNDS * 3):
        for name, modules in IMPORTS.items():
            command = [sys.executable, "-c", clock.format(f"import {modules}")]
            taken[name].append(float(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    print("\n| import | over an empty interpreter | ours = 1 |\n| --- | --- | --- |")
    ours = statistics.median(taken["ours"])
    for name, times in taken.items():
        print(f"| {name} | {statistics.median(times):.1f} ms | {statistics.median(times) / ours:.1f} |")


def installed(*names: str) -> float:
    """Return the installed size in MiB of distributions and their dependencies."""
    seen: set[str] = set()
    todo = [*names]
    size = 0
    while todo:
        name = todo.pop().lower().replace("_", "-")
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        files = [Path(str(file.locate())) for file in distribution.files or []]
        size += sum(file.stat().st_size for file in files if file.is_file())
        needed = [one for one in distribution.requires or [] if "extra ==" not in one]
        todo += [re.split(r"[^\w.-]", one)[0] for one in needed]
    return size / 1024 / 1024


def sizes() -> None:
    """Print the installed size of each client."""
    print("\n| installed, with all that it needs | size |\n| --- | --- |")
    print(f"| leadsquared-webhooks | {installed('leadsquared-webhooks'):.1f} MiB |")
    for name in ("httpx", "requests", "aiohttp", "pyreqwest"):
        print(f"| {name} + pydantic | {installed(name, 'pydantic'):.1f} MiB |")


def main() -> None:
    """Measure everything, or the modes in the arguments."""
    bare = sys.argv[1]
    ways = sys.argv[2:] or [*CONTENDERS, "import", "size"]
    print(f"CPython {sys.version.split()[0]}, {os.cpu_count()} CPUs, medians of {ROUNDS} rounds")
    with subprocess.Popen([bare, "serve"], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = server.stdout.readline().strip()
            for way in ways:
                if way == "import":
                    imports()
                elif way == "size":
                    sizes()
                else:
                    measure(way, port, bare)
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
