/** Park and Miller's generator: a failing seed replays. */
export function chance(seed: number) {
  let x = seed % 2147483647 || 1;
  return (n: number) => (x = (x * 48271) % 2147483647) % n;
}

/** The seeds of an invariant test: `SEED=n` replays one, `SEEDS=n` plays the first n; else as many as keep a build short. */
export function seedsOf(usual: number): number[] {
  if (process.env.SEED) return [Number(process.env.SEED)];
  return Array.from({ length: Number(process.env.SEEDS ?? usual) }, (_, i) => i + 1);
}
