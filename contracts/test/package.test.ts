import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

const root = fileURLToPath(new URL("..", import.meta.url));

test("aStrangerCompilesAgainstThePackedInterfacesAndReadsThePackedAbi", () => {
  const home = mkdtempSync(join(tmpdir(), "hooke-pack-"));
  try {
    execFileSync(process.execPath, ["toolchain/package.mjs"], { cwd: root });
    // The scripts are left out: this test runs on what was just compiled.
    const said = execFileSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", home], {
      cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"],
    });
    const [packed] = JSON.parse(said) as { filename: string; files: { path: string }[] }[];
    const paths = packed.files.map((file) => file.path);
    for (const path of ["abi/Hooke.json", "abi/index.js", "abi/index.d.ts", "src/interfaces/IHooke.sol", "src/examples/Question.sol", "README.md"]) {
      assert.ok(paths.includes(path), `${path} is missing from ${paths}`);
    }
    assert.deepEqual(paths.filter((path) => /test|artifacts|node_modules|lock/.test(path)), []);

    const modules = join(home, "node_modules");
    const installed = join(modules, "@hooke/contracts");
    mkdirSync(installed, { recursive: true });
    execFileSync("tar", ["-xzf", join(home, packed.filename), "--strip-components=1", "-C", installed]);
    mkdirSync(join(modules, "@openzeppelin"));
    symlinkSync(join(root, "node_modules/@openzeppelin/contracts"), join(modules, "@openzeppelin/contracts"));
    const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    assert.deepEqual([manifest.dependencies, manifest.optionalDependencies], [undefined, undefined]);

    writeFileSync(
      join(home, "reader.mjs"),
      `import { hookeAbi, consumerAbi } from "@hooke/contracts";
       import json from "@hooke/contracts/abi/Hooke.json" with { type: "json" };
       const names = (abi) => abi.map((each) => each.name).filter(Boolean).sort();
       console.log(JSON.stringify([names(hookeAbi), names(json), names(consumerAbi)]));`,
    );
    const [module, json, consumer] = JSON.parse(
      execFileSync(process.execPath, [join(home, "reader.mjs")], { encoding: "utf8" }),
    ) as string[][];
    assert.deepEqual(module, json);
    for (const name of ["multicall", "order", "Ordered", "BadReceipt", "eip712Domain"]) assert.ok(module.includes(name), name);
    assert.deepEqual(consumer, ["onResult"]);

    const solc = createRequire(import.meta.url)("solc") as {
      compile(input: string, readers: { import(path: string): { contents: string } | { error: string } }): string;
    };
    const source = `// SPDX-License-Identifier: MIT
      pragma solidity ^0.8.28;
      import {IHooke} from "@hooke/contracts/src/interfaces/IHooke.sol";
      import {IConsumer} from "@hooke/contracts/src/interfaces/IConsumer.sol";
      import {Terms} from "@hooke/contracts/src/interfaces/ITasks.sol";
      contract Stranger is IConsumer {
        function buy(IHooke hooke, Terms calldata terms) external returns (bytes32) { return hooke.order(terms); }
        function onResult(bytes32, bytes32, uint64) external {}
      }`;
    const asker = `// SPDX-License-Identifier: MIT
      pragma solidity ^0.8.28;
      import {Question} from "@hooke/contracts/src/examples/Question.sol";
      import {IHooke} from "@hooke/contracts/src/interfaces/IHooke.sol";
      contract Asker is Question {
        constructor(IHooke hooke) Question(hooke) {}
      }`;
    const output = JSON.parse(
      solc.compile(
        JSON.stringify({
          language: "Solidity",
          sources: {
            "Stranger.sol": { content: source },
            // The example stands where the package says its files are, so a stranger may also start from it.
            "Asker.sol": { content: asker },
          },
          settings: { outputSelection: { "*": { Stranger: ["evm.bytecode.object"], Asker: ["evm.bytecode.object"] } } },
        }),
        { import: (path) => ({ contents: readFileSync(join(modules, path), "utf8") }) },
      ),
    );
    assert.deepEqual(output.errors ?? [], []);
    assert.ok(output.contracts["Stranger.sol"].Stranger.evm.bytecode.object.length > 0);
    assert.ok(output.contracts["Asker.sol"].Asker.evm.bytecode.object.length > 0);
  } finally {
    rmSync(home, { recursive: true });
  }
});

test("theLockKnowsEveryPlatformsProgramsAndLetsNpmTakeThemOnAnyNode", () => {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { os?: string | string[]; cpu?: string | string[]; engines?: { node: string }; integrity?: string }>;
  };
  const platforms = (pattern: RegExp) =>
    Object.entries(packages)
      .filter(([path]) => pattern.test(path))
      .map(([, entry]) => `${entry.os} ${entry.cpu}`)
      .sort();
  const wanted = ["darwin arm64", "darwin x64", "linux arm64", "linux x64"];
  assert.deepEqual(platforms(/\/node-(bin-)?(linux|darwin)-/), wanted);
  assert.deepEqual(platforms(/\/anvil-/), wanted);
  for (const platform of wanted) assert.ok(platforms(/\/edr-/).includes(platform), platform);
  for (const [path, entry] of Object.entries(packages)) {
    if (!path.startsWith("node_modules/") || path.includes("@hooke/")) continue;
    assert.ok(entry.integrity, `${path} has no integrity: npm run lock`);
    if (path.includes("/edr-")) assert.equal(entry.engines, undefined, `${path}: npm run lock`);
  }
});
