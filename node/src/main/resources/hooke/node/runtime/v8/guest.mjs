// The running program as host functions see it: its memory and its fuel. Twin of Guest.java. Addresses are i32 as the program
// gives them; lengths are numbers below 2^53. Any access out of bounds ends the program, before anything moves.
import { outOfFuel, trapped } from "./halt.mjs";

export class Guest {
  #memory;
  #fuel;
  #limit;
  #buffer;
  #bytes;
  #view;

  constructor(memory, fuel, limit) {
    this.#memory = memory;
    this.#fuel = fuel;
    this.#limit = limit;
  }

  // A memory that grew has another buffer, and the old one is detached.
  #current() {
    const buffer = this.#memory.buffer;
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#bytes = new Uint8Array(buffer);
      this.#view = new DataView(buffer);
    }
    return buffer.byteLength;
  }

  check(address, length) {
    const start = address >>> 0;
    if (start + length > this.#current()) {
      throw trapped(`a host call was given ${length} bytes at ${start}, outside of memory`);
    }
    return start;
  }

  /** Memory to the program's bytes. */
  write(address, from, length) {
    const start = this.check(address, length);
    this.#bytes.set(from.length === length ? from : from.subarray(0, length), start);
  }

  /** The program's bytes to `to`. */
  read(address, to, length) {
    const start = this.check(address, length);
    to.set(this.#bytes.subarray(start, start + length));
  }

  readInt(address) {
    return this.#view.getInt32(this.check(address, 4), true);
  }

  readLong(address) {
    return this.#view.getBigInt64(this.check(address, 8), true);
  }

  writeInt(address, value) {
    const start = this.check(address, 4);
    this.#view.setInt32(start, value, true);
  }

  writeLong(address, value) {
    const start = this.check(address, 8);
    this.#view.setBigInt64(start, value, true);
  }

  /** Takes fuel, a bigint; ends the program when that is more than there is. */
  charge(amount) {
    const left = this.#fuel.value - amount;
    this.#fuel.value = left;
    if (left < 0n) {
      throw outOfFuel();
    }
  }

  /** Fuel used so far, which is also what the program's clock shows. */
  used() {
    return this.#limit - this.#fuel.value;
  }
}
