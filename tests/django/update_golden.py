#!/usr/bin/env python3
"""Writes the golden files of tests/fixtures: python3 tests/django/update_golden.py --unblocked target/fast/unblocked"""
import argparse
import os

from proof import golden
from proof.engine import Engine


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--unblocked", required=True, metavar="BINARY", help="the unblocked command")
    changed = golden.update(Engine(parser.parse_args().unblocked))
    for path in changed:
        print(os.path.relpath(path))
    print("%d golden files changed" % len(changed))


if __name__ == "__main__":
    main()
