"""Counts the words of a text, tries how deep calls go, and ends with an error on purpose."""

import hashlib
import json
import os
import re
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    text = file.read()
counts = {}
for word in re.findall(r"[^\W\d_]+", text.lower()):
    counts[word] = counts.get(word, 0) + 1
top = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:3]
print(json.dumps({"sha256": hashlib.sha256(text.encode()).hexdigest(), "words": sum(counts.values()), "top": top}))


def depth(n):
    return n if n == 0 else depth(n - 1)


print(depth(500))
try:
    depth(10_000)
except RecursionError as error:
    print(type(error).__name__)
print(len(repr(json.loads("[" * 400 + "]" * 400))), bool(re.fullmatch("(?:a|b)*", "ab" * 5_000)))

os.makedirs("/out/a")
with open("/tmp/draft", "w") as file:
    file.write("".join(f"{word}\n" for word, _ in top))
os.rename("/tmp/draft", "/out/a/top.txt")
print(sorted(os.listdir("/")), os.stat("/out/a/top.txt").st_size)
raise ValueError("as agreed")
