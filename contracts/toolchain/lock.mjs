// Renews package-lock.json: `npm run lock`. npm's own work, but for one thing: Hardhat's native packages say that they need Node.js 22, and
// npm run by an older Node.js would leave them out without a word, though contracts/run starts Hardhat with the Node.js that npm brings.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
execFileSync("npm", ["install", "--package-lock-only", "--no-audit", "--no-fund"], {
  cwd: new URL("..", import.meta.url),
  stdio: "inherit",
});
const lock = JSON.parse(readFileSync(file, "utf8"));
for (const [path, entry] of Object.entries(lock.packages)) {
  if (path.startsWith("node_modules/@nomicfoundation/edr-")) delete entry.engines;
}
writeFileSync(file, JSON.stringify(lock, null, 2) + "\n");
