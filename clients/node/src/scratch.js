import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Folders of this process that are there. @type {Set<string>} */
const open = new Set();

/**
 * A new folder, below $TMPDIR where that is set.
 *
 * @param {string} prefix
 */
export async function scratch(prefix) {
  const folder = await mkdtemp(join(tmpdir(), prefix));
  open.add(folder);
  return folder;
}

/** @param {string} folder */
export async function removeScratch(folder) {
  await rm(folder, { recursive: true, force: true });
  open.delete(folder);
}

/** Removes whatever is still there: for a program that is told to end. */
export function removeAllScratch() {
  for (const folder of open) {
    rmSync(folder, { recursive: true, force: true });
  }
}
