"""Chooses the Python on which all run that are written in it: the fastest of our version that this machine has.

One that was built by hand is often without profile-guided optimisation, and half as slow again as
what systems and images bring; measured on that, nobody would know what they get.
"""

import os
import shutil
import subprocess
import sys
from functools import cache

BETTER = 0.9
"""Below this part of our own Python's time, another is chosen."""
WORK = """
import sys, timeit
def work():
    kept = {}
    for number in range(100_000):
        kept[number & 255] = (number, str(number))
print(min(timeit.repeat(work, number=1, repeat=5)), *sys.version_info[:2])
"""


@cache
def chosen() -> str:
    """Give the path of the Python to run everyone on."""
    own = str(getattr(sys, "_base_executable", sys.executable))
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    found = [shutil.which(name, path=folder) for folder in ("/usr/local/bin", "/usr/bin", os.environ.get("PATH", os.defpath))]
    others = {os.path.realpath(each) for each in found if each} - {os.path.realpath(own)}
    limit = pace(own) * BETTER
    quicker = {each: took for each in others if (took := pace(each)) < limit}
    return min(quicker, key=quicker.__getitem__, default=own)


def pace(python: str) -> float:
    """Give the seconds that a fixed piece of work takes in a Python; without end in one that is none of our version."""
    ended = subprocess.run([python, "-c", WORK], capture_output=True, text=True, timeout=60, check=False)
    took, *version = ended.stdout.split() or ["inf"]
    return float(took) if version == [str(part) for part in sys.version_info[:2]] else float("inf")


def described() -> str:
    """Say which Python it is."""
    asked = "import platform; print(platform.python_version(), platform.python_compiler())"
    return subprocess.run([chosen(), "-c", asked], capture_output=True, text=True, check=True).stdout.strip() + f", {chosen()}"
