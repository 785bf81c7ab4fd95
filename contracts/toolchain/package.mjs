// Writes abi/ from the compiled contracts, for `npm pack`: JSON for any tool, and a typed module for viem and its like.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const root = new URL("..", import.meta.url);
const out = new URL("abi/", root);
const parts = [
  { name: "hookeAbi", contract: "Hooke", artifact: "artifacts/src/interfaces/IHooke.sol/IHooke.json", says: "The whole law, with `multicall` and the errors of its libraries." },
  { name: "consumerAbi", contract: "IConsumer", artifact: "artifacts/src/interfaces/IConsumer.sol/IConsumer.json", says: "What a contract that buys may implement." },
];

/** The value as a TypeScript type, every string a literal: what viem infers calls from. */
function typeOf(value) {
  if (Array.isArray(value)) return `readonly [${value.map(typeOf).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{ ${Object.entries(value).map(([key, each]) => `readonly ${key}: ${typeOf(each)}`).join("; ")} }`;
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out);
let code = "";
let types = "";
for (const { name, contract, artifact, says } of parts) {
  const { abi } = JSON.parse(readFileSync(new URL(artifact, root), "utf8"));
  const text = JSON.stringify(abi, null, 1);
  writeFileSync(new URL(`${contract}.json`, out), text + "\n");
  code += `export const ${name} = ${text};\n`;
  types += `/** ${says} */\nexport declare const ${name}: readonly [\n${abi.map((each) => `  ${typeOf(each)},\n`).join("")}];\n`;
}
writeFileSync(new URL("index.js", out), code);
writeFileSync(new URL("index.d.ts", out), types);
