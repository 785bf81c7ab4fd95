import { concat, encodeAbiParameters, keccak256, sha256, slice, type Hex } from "viem";

import { artifacts } from "hardhat";
import type { Terms } from "./world.ts";

export type Binding = { input: number; partly: boolean; template: Hex };
export type Template = { terms: Terms; uses: number; retries: number; interval: number; bindings: Binding[] };

const { abi } = await artifacts.readArtifact("IMandates");
const encoded = abi.find((each) => each.type === "function" && each.name === "templateHash") as { inputs: { type: string }[] };

/** Hash of a template as its interface says it. */
export const templateHash = (template: Template): Hex => keccak256(encodeAbiParameters(encoded.inputs, [template]));
const leafOf = (template: Template): Hex => keccak256(templateHash(template));
const nodeOf = (a: Hex, b: Hex): Hex => keccak256(a.toLowerCase() < b.toLowerCase() ? concat([a, b]) : concat([b, a]));

/** The root over the templates, and each one's proof. A node without a sibling goes up as it is. */
export function tree(templates: Template[]): { root: Hex; proofOf: (template: Template) => Hex[] } {
  const levels = [templates.map(leafOf)];
  for (let last = levels[0]; last.length > 1; last = levels.at(-1)!) {
    levels.push(last.filter((_, i) => i % 2 === 0).map((each, i) => (last[2 * i + 1] ? nodeOf(each, last[2 * i + 1]) : each)));
  }
  const proofOf = (template: Template) => {
    let at = levels[0].indexOf(leafOf(template));
    const proof: Hex[] = [];
    for (const level of levels) {
      if (level[at ^ 1]) proof.push(level[at ^ 1]);
      at >>= 1;
    }
    return proof;
  };
  return { root: levels.at(-1)![0], proofOf };
}

/** The blob of a bound spec: what the template's spec is to be read with. */
export const boundBlob = (spec: Hex, values: [input: number, kind: number, value: Hex][]): Hex =>
  concat([
    `0x${Buffer.from("hooke.bound/1").toString("hex")}`,
    spec,
    ...values.map(([input, kind, value]) => concat([`0x${input.toString(16).padStart(4, "0")}`, `0x${kind.toString(16).padStart(2, "0")}`, value])),
  ]);
/** BlobId of a blob of at most 1,024 bytes. */
export const smallBlobId = (blob: Hex): Hex => sha256(concat(["0x00", blob]));

/** The nonce of a template's order. */
export const nonceOf = (mandate: number, template: Template, number: number): bigint =>
  BigInt(slice(keccak256(encodeAbiParameters([{ type: "uint32" }, { type: "bytes32" }, { type: "uint32" }], [mandate, templateHash(template), number])), 0, 8));
