// The one host file that holds the contents of all files a program writes, in blocks, and which blocks make a file.
// Twin of Scratch.java and Blocks.java: both must never make the host file longer than the output budget.
import fs from "node:fs";
import { onDisk } from "./halt.mjs";

const BLOCK = 512;
const PAGE = 1024;

export class Scratch {
  #fd;
  #free = [];
  #next = 0;

  /** Opens and empties the file. */
  constructor(path) {
    this.#fd = onDisk(() => fs.openSync(path, "w+"));
  }

  /** A block of zeros. */
  allocate() {
    if (this.#free.length > 0) {
      const block = this.#free.pop();
      this.write(block, 0, new Uint8Array(BLOCK), 0, BLOCK);
      return block;
    }
    return this.#next++;
  }

  free(block) {
    this.#free.push(block);
  }

  /** Reads from within a block on, over as many of the blocks that follow it as `length` reaches. */
  read(block, within, to, offset, length) {
    const start = block * BLOCK + within;
    for (let done = 0; done < length; ) {
      const n = onDisk(() => fs.readSync(this.#fd, to, offset + done, length - done, start + done));
      if (n === 0) {
        to.fill(0, offset + done, offset + length); // Allocated and never written.
        return;
      }
      done += n;
    }
  }

  /** Writes from within a block on, over as many of the blocks that follow it as `length` reaches. */
  write(block, within, from, offset, length) {
    const start = block * BLOCK + within;
    for (let done = 0; done < length; ) {
      done += onDisk(() => fs.writeSync(this.#fd, from, offset + done, length - done, start + done));
    }
  }

  close() {
    onDisk(() => fs.closeSync(this.#fd));
  }
}

/** The contents of one file of a program's own. What was never written has no block and reads as zeros. */
export class Blocks {
  #scratch;
  // Page number to, per block of the file, its block in the scratch file + 1, or 0 for none.
  #pages = new Map();

  constructor(scratch) {
    this.#scratch = scratch;
  }

  #at(index) {
    const page = this.#pages.get(Math.floor(index / PAGE));
    return page === undefined ? 0 : page[index % PAGE];
  }

  #allocate(index) {
    const number = Math.floor(index / PAGE);
    let page = this.#pages.get(number);
    if (page === undefined) {
      page = new Int32Array(PAGE);
      this.#pages.set(number, page);
    }
    page[index % PAGE] = this.#scratch.allocate() + 1;
  }

  // Bytes from `within` the block `index` on that lie in one piece in the scratch file, or that are all not there.
  #piece(index, within, most) {
    const first = this.#at(index);
    let length = BLOCK - within;
    for (let n = 1; length < most; n++, length += BLOCK) {
      if (this.#at(index + n) !== (first === 0 ? 0 : first + n)) {
        break;
      }
    }
    return Math.min(length, most);
  }

  read(position, to, length) {
    for (let done = 0; done < length; ) {
      const index = Math.floor((position + done) / BLOCK);
      const within = (position + done) % BLOCK;
      const piece = this.#piece(index, within, length - done);
      const block = this.#at(index);
      if (block === 0) {
        to.fill(0, done, done + piece);
      } else {
        this.#scratch.read(block - 1, within, to, done, piece);
      }
      done += piece;
    }
  }

  write(position, from, length) {
    const end = position + length;
    for (let index = Math.floor(position / BLOCK); index * BLOCK < end; index++) {
      if (this.#at(index) === 0) {
        this.#allocate(index);
      }
    }
    for (let done = 0; done < length; ) {
      const index = Math.floor((position + done) / BLOCK);
      const within = (position + done) % BLOCK;
      const piece = this.#piece(index, within, length - done);
      this.#scratch.write(this.#at(index) - 1, within, from, done, piece);
      done += piece;
    }
  }

  /** Frees what lies beyond `size` and clears the rest of its last block, which a later growth shows again. */
  cut(size) {
    const within = size % BLOCK;
    let index = Math.floor(size / BLOCK);
    if (within > 0) {
      const block = this.#at(index);
      if (block > 0) {
        this.#scratch.write(block - 1, within, new Uint8Array(BLOCK), 0, BLOCK - within);
      }
      index++;
    }
    const first = Math.floor(index / PAGE);
    for (const number of [...this.#pages.keys()].filter((n) => n >= first).sort((a, b) => a - b)) {
      const page = this.#pages.get(number);
      const from = number === first ? index % PAGE : 0;
      for (let n = from; n < PAGE; n++) {
        if (page[n] > 0) {
          this.#scratch.free(page[n] - 1);
          page[n] = 0;
        }
      }
      if (from === 0) {
        this.#pages.delete(number);
      }
    }
  }
}
