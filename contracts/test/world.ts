import { network } from "hardhat";
import { encodeAbiParameters, keccak256, parseSignature, sha256, type Address, type ContractErrorName, type Hex } from "viem";

/** The contracts whose code Hooke runs, in the order in which it takes their addresses. */
export const PARTS = ["Registry", "Endings", "Disputes", "Mandates", "Leases", "Tenures", "Volumes", "Views"] as const;

/** A fresh chain with the token, the contract, one consumer and `sellers` staked operators with one node each. */
export async function world(sellers = 4, hardfork = "cancun") {
  const { viem, networkHelpers } = await network.create({ override: { hardfork } });
  const token = await viem.deployContract("DevToken");
  const parts: Address[] = [];
  for (const part of PARTS) parts.push((await viem.deployContract(part)).address);
  const deployed = await viem.deployContract("Hooke", [token.address, ...parts] as never);
  const hooke = await viem.getContractAt("IHooke", deployed.address);
  const client = await viem.getPublicClient();
  const wallets = await viem.getWalletClients();
  const [consumer, stranger] = wallets;
  const chainId = await client.getChainId();
  const domain = { name: "Hooke", version: "1", chainId, verifyingContract: hooke.address };

  const fund = async (account: Address, amount: bigint) => {
    await token.write.mint([account, amount]);
    await token.write.approve([hooke.address, amount], { account });
    await hooke.write.deposit([amount], { account });
  };
  const consentOf = (key: (typeof wallets)[number], operator: Address) =>
    key.signTypedData({
      domain,
      types: { NodeConsent: [{ name: "operator", type: "address" }, { name: "key", type: "address" }] },
      primaryType: "NodeConsent",
      message: { operator, key: key.account.address },
    });
  const profileOf = (key: Address) => ({
    key,
    endpoint: "127.0.0.1:1",
    tlsKeyHash: sha256("0x01"),
    cpuMillis: 4000,
    memoryMib: 8192,
    diskMib: 10000,
    attributes: "arch=x86_64",
  });

  await fund(consumer.account.address, ONE * 1000n);
  const providers = [];
  for (let i = 0; i < sellers; i++) {
    const owner = wallets[2 + 2 * i];
    const key = wallets[3 + 2 * i];
    await fund(owner.account.address, ONE * 100n);
    await hooke.write.register([profileOf(key.account.address), await consentOf(key, owner.account.address)], {
      account: owner.account,
    });
    await hooke.write.stake([ONE * 90n], { account: owner.account });
    providers.push({ owner, key, id: i + 1 });
  }

  let nonce = 0n;
  const terms = (change: Partial<Terms> = {}): Terms => ({
    consumer: consumer.account.address,
    nonce: nonce++,
    spec: sha256("0x02"),
    tasks: 1,
    cpuMillis: 1000,
    memoryMib: 256,
    diskMib: 256,
    startPrice: 1_000_000_000_000n,
    maxPrice: 1_000_000_000_000n,
    rampSeconds: 0,
    fuelLimit: 1_000_000_000_000n,
    openSeconds: 300,
    runSeconds: 600,
    windowSeconds: 60,
    retentionSeconds: 3600,
    minStake: 0n,
    allow: ZERO,
    exclusiveKey: ZERO,
    mode: ATTENDED,
    quorum: 1,
    slots: 1,
    originA: 1,
    originB: 2,
    ...change,
  });
  const order = async (t: Terms) => {
    await hooke.write.order([t]);
    return hooke.read.idOf([t]);
  };
  const receipt = (id: Hex, slot: number, root: Hex, fuel: bigint, signer = consumer, where = domain) =>
    signer.signTypedData({
      domain: where,
      types: {
        Receipt: [
          { name: "order", type: "bytes32" },
          { name: "slot", type: "uint8" },
          { name: "root", type: "bytes32" },
          { name: "fuel", type: "uint64" },
        ],
      },
      primaryType: "Receipt",
      message: { order: id, slot, root, fuel },
    });
  /** Arguments of `depositWithPermit`, signed by `owner`. */
  const permitted = async (owner: typeof consumer, value: bigint) => {
    const deadline = 2n ** 40n;
    const signature = parseSignature(
      await owner.signTypedData({
        domain: { name: "Hooke Devnet Token", version: "1", chainId, verifyingContract: token.address },
        types: {
          Permit: [
            { name: "owner", type: "address" }, { name: "spender", type: "address" }, { name: "value", type: "uint256" },
            { name: "nonce", type: "uint256" }, { name: "deadline", type: "uint256" },
          ],
        },
        primaryType: "Permit",
        message: {
          owner: owner.account.address, spender: hooke.address, value, deadline,
          nonce: await token.read.nonces([owner.account.address]),
        },
      }),
    );
    return [value, deadline, Number(signature.v), signature.r, signature.s] as const;
  };
  const commitment = (id: Hex, slot: number, operatorId: number, root: Hex, fuel: bigint, salt: Hex) =>
    keccak256(
      encodeAbiParameters(
        ["uint256", "address", "bytes32", "uint8", "uint32", "bytes32", "uint64", "bytes32"].map((type) => ({ type })),
        [BigInt(chainId), hooke.address, id, slot, operatorId, root, fuel, salt],
      ),
    );
  /** Claims that `sent` reverts with the named error of the contract and exactly these arguments. */
  const fails = (sent: Promise<unknown>, name: ContractErrorName<typeof hooke.abi>, args: unknown[]) =>
    viem.assertions.revertWithCustomErrorWithArgs(sent as Promise<Hex>, hooke, name, args as never);
  /** The next block's time will be `seconds` after the last one's, or `when` itself; returns it. */
  const next = async (seconds: number | bigint) => {
    const { timestamp } = await client.getBlock();
    const when = typeof seconds === "bigint" ? seconds : timestamp + BigInt(seconds);
    await networkHelpers.time.setNextBlockTimestamp(when);
    return when;
  };
  const pass = (seconds: number) => networkHelpers.time.increase(seconds);
  const gas = async (sent: Promise<Hex>) => (await client.getTransactionReceipt({ hash: await sent })).gasUsed;

  /** Everything the contract owes is what it holds. */
  const owed = async () => {
    let sum = await hooke.read.burned();
    // Juries are paid from the contract's own account.
    for (const address of [hooke.address, ...wallets.map((w) => w.account.address)]) {
      const account = await hooke.read.accountOf([address]);
      sum += account.free + account.locked;
    }
    const [operators] = await hooke.read.counts();
    for (let id = 1; id <= operators; id++) {
      const o = await hooke.read.operatorOf([id]);
      sum += o.stake + o.unbonding;
    }
    return sum;
  };
  const holds = () => token.read.balanceOf([hooke.address]);

  return {
    viem, networkHelpers, token, hooke, parts, client, wallets, consumer, stranger, providers, domain,
    fund, consentOf, profileOf, terms, order, receipt, permitted, commitment, fails, next, pass, gas, owed, holds,
  };
}

export type World = Awaited<ReturnType<typeof world>>;
export type Terms = {
  consumer: Address; nonce: bigint; spec: Hex; tasks: number; cpuMillis: number; memoryMib: number; diskMib: number;
  startPrice: bigint; maxPrice: bigint; rampSeconds: number; fuelLimit: bigint; openSeconds: number; runSeconds: number;
  windowSeconds: number; retentionSeconds: number; minStake: bigint; allow: Hex; exclusiveKey: Hex; mode: number;
  quorum: number; slots: number; originA: number; originB: number;
};

export const ONE = 10n ** 18n;
export const ZERO: Hex = `0x${"00".repeat(32)}`;
export const ATTENDED = 0;
export const OPTIMISTIC = 1;
export const QUORUM = 2;
export const FUEL = 500_000_000_000n;
export const ROOT = sha256("0x0a");
export const OTHER_ROOT = sha256("0x0b");
export const SALT = sha256("0x0c");
/** The cap of `terms()`: 1e12 fuel at 1e12 wei per 1e6 fuel. */
export const CAP = ONE;
export const PAY = ONE / 2n;
export const HELD = PAY / 5n;
export const [OPEN, ASSIGNED, DELIVERED, COMMITTED, REVEALED, SETTLED, RELEASED, REFUSED, OUTVOTED, UNREVEALED, VOID, CLOSED, FORFEITED, DISPROVED] =
  [...Array(14).keys()];
