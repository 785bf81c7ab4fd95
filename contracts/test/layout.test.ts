import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { test } from "node:test";

import { PARTS } from "./world.ts";

type Type = { label: string; numberOfBytes: string; key?: string; value?: string; base?: string; members?: Variable[] };
type Variable = { label: string; slot: string; offset: number; type: string };
type Layout = { storage: Variable[]; types: Record<string, Type> };

const folder = new URL("../artifacts/build-info/", import.meta.url);

function layoutOf(contract: string): Layout {
  // The newest first: a build that compiled only what had changed leaves older ones beside it.
  const age = (name: string) => statSync(new URL(name, folder)).mtimeMs;
  const files = readdirSync(folder).filter((name) => name.endsWith(".output.json")).sort((a, b) => age(b) - age(a));
  for (const file of files) {
    const { contracts } = JSON.parse(readFileSync(new URL(file, folder), "utf8")).output;
    const layout = contracts[`project/src/${contract}.sol`]?.[contract]?.storageLayout;
    if (layout) return layout;
  }
  throw new Error(`no storage layout of ${contract} in ${folder}; run \`npm run build\``);
}

/** The variable down to the last member of the last struct; without the compiler's own numbers, which differ between contracts. */
function told({ types }: Layout, variable: Variable): unknown {
  const tell = (name: string | undefined): unknown => {
    if (name === undefined) return undefined;
    const { label, numberOfBytes, key, value, base, members } = types[name];
    return { label, numberOfBytes, key: tell(key), value: tell(value), base: tell(base), members: members?.map(inPlace) };
  };
  const inPlace = (v: Variable) => ({ label: v.label, slot: v.slot, offset: v.offset, type: tell(v.type) });
  return inPlace(variable);
}

const whole = layoutOf("Hooke");
for (const part of PARTS) {
  test(`${part}, which Hooke delegates to, lays its storage out exactly as Hooke does`, () => {
    const other = layoutOf(part);
    // The registry knows nothing of orders: its storage is the beginning of Hooke's.
    const shared = part === "Registry" ? whole.storage.findIndex((v) => v.label === "_book") : whole.storage.length;
    assert.ok(shared >= 6, "the compiler gave the layout");
    assert.deepEqual(other.storage.map((v) => told(other, v)), whole.storage.slice(0, shared).map((v) => told(whole, v)));
  });
}
