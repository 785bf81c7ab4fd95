import { randomInt } from "node:crypto";
import { createRequire } from "node:module";

import hardhatNodeTestRunner from "@nomicfoundation/hardhat-node-test-runner";
import hardhatNetworkHelpers from "@nomicfoundation/hardhat-network-helpers";
import hardhatViem from "@nomicfoundation/hardhat-viem";
import hardhatViemAssertions from "@nomicfoundation/hardhat-viem-assertions";
import { defineConfig } from "hardhat/config";

// The compiler comes from npm, so a build needs no download besides `npm ci`.
const solc = {
  version: "0.8.37",
  path: createRequire(import.meta.url).resolve("solc/soljson.js"),
  settings: {
    evmVersion: "cancun", // what OpenZeppelin 5.7 needs
    viaIR: true,
    optimizer: { enabled: true, runs: 1000 },
    outputSelection: { "*": { "*": ["storageLayout"] } }, // test/layout.test.ts compares it
  },
};

export default defineConfig({
  plugins: [hardhatViem, hardhatViemAssertions, hardhatNodeTestRunner, hardhatNetworkHelpers],
  paths: { sources: "src", tests: { nodejs: "test", solidity: "test" } },
  solidity: {
    profiles: { default: solc, production: solc },
    npmFilesToBuild: [],
  },
  networks: {
    // Several transactions of one second may fall into several blocks: a devnet mines on demand.
    // An estimate's second may not be the transaction's, and another branch costs more: beyond an epoch's end, much more.
    default: { type: "edr-simulated", chainType: "l1", hardfork: "cancun", allowBlocksWithSameTimestamp: true, gasMultiplier: 3 },
    // A chance of some wei more for its accounts: chains started in one second would have one genesis, which is how worlds are told apart.
    node: {
      type: "edr-simulated",
      chainType: "l1",
      chainId: 31337,
      hardfork: "cancun",
      allowBlocksWithSameTimestamp: true,
      accounts: { accountsBalance: (10n ** 22n + BigInt(randomInt(2 ** 40))).toString() },
    },
  },
  test: { solidity: { fuzz: { runs: 64 } } },
});
