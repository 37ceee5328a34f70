import { encodeSigned, encodeU32 } from "./bytes.ts";

/** One unit pays for copying or filling 16 bytes. As a power of 2. */
const BULK_SHIFT = 4;
/** The cost of a new page of memory, because it is touched for the first time. As a power of 2. */
const PAGE_SHIFT = 12;

/** One global remembers for this many functions whether they were called. As a power of 2. */
const FLAGS_SHIFT = 4;

/** The indices of what the inserted code uses. */
export interface Metering {
  /** Global, i32: the units of fuel that are left. Below zero, the guest asks for more. */
  readonly fuel: number;
  /** Global, i32: 1 after a memory.grow was refused. */
  readonly starved: number;
  /** Table: its one element is the host's function that asks for more fuel. It has no parameters and no results. */
  readonly refuel: number;
  /** The type of this function. */
  readonly refuelType: number;
  /** The first of `flagGlobals` globals, i32. The others follow it. */
  readonly flags: number;
}

/** Number of globals that are needed to remember for each function whether it was called. */
export function flagGlobals(functions: number): number {
  return Math.ceil(functions / 2 ** FLAGS_SHIFT);
}

/** Most functions have few locals and most charges are small, so the same code is inserted again and again. */
const MOST_KEPT = 64;
const MOST_COST_KEPT = 1024;

/** The inserted code for the functions of a module, by the index of `scratch`. */
export class GuestCodes {
  readonly #metering: Metering;
  readonly #kept: GuestCode[] = [];

  constructor(metering: Metering) {
    this.#metering = metering;
  }

  of(scratch: number): GuestCode {
    if (scratch >= MOST_KEPT) return new GuestCode(scratch, this.#metering);
    this.#kept[scratch] ??= new GuestCode(scratch, this.#metering);
    return this.#kept[scratch];
  }
}

/**
 * The instructions that are inserted into functions. `scratch` is their own local, after those of the function. Fuel
 * cannot wrap around, because it is checked before and after anything that costs much.
 */
export class GuestCode {
  readonly #flags: number;
  readonly #getFuel: readonly number[];
  readonly #setFuel: readonly number[];
  readonly #getScratch: readonly number[];
  readonly #teeScratch: readonly number[];
  /** `if (on the stack < 0) refuel()` */
  readonly #refuelBelowZero: readonly number[];
  readonly #charges = new Map<number, Uint8Array>();
  /** Like `charge`. The number of bytes is on the stack, and stays there. */
  readonly chargeBytes: Uint8Array;
  /**
   * After memory.grow: `if (result == -1) starved = 1; else fuel -= pages`. The next charge checks the remaining fuel.
   */
  readonly chargeGrowth: Uint8Array;

  constructor(scratch: number, metering: Metering) {
    this.#flags = metering.flags;
    this.#getFuel = [0x23, ...encodeU32(metering.fuel)];
    this.#setFuel = [0x24, ...encodeU32(metering.fuel)];
    this.#getScratch = [0x20, ...encodeU32(scratch)];
    this.#teeScratch = [0x22, ...encodeU32(scratch)];
    const refuel = [0x41, 0, 0x11, ...encodeU32(metering.refuelType), ...encodeU32(metering.refuel)];
    this.#refuelBelowZero = [0x41, 0, 0x48, 0x04, 0x40, ...refuel, 0x0b];
    this.chargeBytes = Uint8Array.from([
      ...this.#teeScratch,
      ...this.#subtract([...this.#getScratch, 0x41, BULK_SHIFT, 0x76]),
      ...this.#getFuel,
      ...this.#refuelBelowZero,
    ]);
    this.chargeGrowth = Uint8Array.from([
      ...[...this.#teeScratch, 0x41, 0x7f, 0x46, 0x04, 0x40],
      ...[0x41, 1, 0x24, ...encodeU32(metering.starved), 0x05],
      ...this.#subtract([0x3f, 0, ...this.#getScratch, 0x6b, 0x41, PAGE_SHIFT, 0x74]),
      ...[0x0b, ...this.#getScratch],
    ]);
  }

  /** `if ((fuel -= cost) < 0) refuel()` */
  charge(cost: number): Uint8Array {
    const known = this.#charges.get(cost);
    if (known !== undefined) return known;
    const subtract = [
      ...this.#getFuel,
      0x41,
      ...encodeSigned(cost),
      0x6b,
      ...this.#teeScratch,
      ...this.#setFuel,
    ];
    const charge = Uint8Array.from([...subtract, ...this.#getScratch, ...this.#refuelBelowZero]);
    if (cost <= MOST_COST_KEPT) this.#charges.set(cost, charge);
    return charge;
  }

  /** `if (function index was not called) { remember it; fuel -= cost }`. The next charge checks the remaining fuel. */
  chargeOnce(index: number, cost: number): Uint8Array {
    const global = encodeU32(this.#flags + (index >>> FLAGS_SHIFT));
    const flag = [0x41, ...encodeSigned(1 << (index & (2 ** FLAGS_SHIFT - 1)))];
    const getFlags = [0x23, ...global];
    return Uint8Array.from([
      ...[...getFlags, ...flag, 0x71, 0x45, 0x04, 0x40],
      ...[...getFlags, ...flag, 0x72, 0x24, ...global],
      ...this.#subtract([0x41, ...encodeSigned(cost)]),
      0x0b,
    ]);
  }

  /** `fuel -= units` */
  #subtract(units: readonly number[]): number[] {
    return [...this.#getFuel, ...units, 0x6b, ...this.#setFuel];
  }
}
