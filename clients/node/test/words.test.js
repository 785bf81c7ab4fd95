import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printable, shown } from '../src/words.js';

const EVIL = '\x1b[2J\x1b]0;PWNED\x07\x9b1A\rexit code 0\nhooke: password:\u202e\u2028';

test("a stranger's words are one line of a bounded length, and nothing of it is obeyed", () => {
  const line = shown(EVIL.repeat(1_000));
  assert.match(line, /^[^\p{Cc}\p{Cf}\p{Zl}]*$/u);
  assert.ok(line.length <= 500);
  assert.equal(shown('plain \u00fc \u540d \ud83d\ude00'), 'plain \u00fc \u540d \ud83d\ude00');
});

test("a program's own output keeps its lines on a terminal", () => {
  assert.equal(printable(Buffer.from('a\tb\r\nc\n')), 'a\tb\nc\n');
  assert.equal(printable(Buffer.from('\x1b[2Jx\ry')), '\\x1b[2Jx\\ry');
});
