import { EventEmitter, once } from "node:events";
import type { Duplex } from "node:stream";
import type { Connect, ConnectOptions } from "../../host/network/connect/connect-options.ts";
import { Connector } from "../../host/network/connect/connector.ts";
import { Names } from "../../host/network/names/names.ts";
import type { Destination } from "../../host/network/route/destination.ts";

/** A dial that waits until the test says how it ends. */
export class GatedDial {
  readonly destination: Destination;
  readonly options: ConnectOptions;
  readonly #settle: PromiseWithResolvers<Duplex>;
  readonly #connector: Connector;

  constructor(
    destination: Destination,
    options: ConnectOptions,
    settle: PromiseWithResolvers<Duplex>,
    connector: Connector,
  ) {
    this.destination = destination;
    this.options = options;
    this.#settle = settle;
    this.#connector = connector;
    options.signal.addEventListener("abort", () => this.fail(new Error("dropped")));
  }

  get isDropped(): boolean {
    return this.options.signal.aborted;
  }

  /** Connects now. */
  open(): void {
    this.#connector.connect(this.destination, this.options).then(this.#settle.resolve, this.#settle.reject);
  }

  fail(error = new Error("refused")): void {
    this.#settle.reject(error);
  }
}

/** Connects when the test says so. */
export class GatedConnect {
  readonly dials: GatedDial[] = [];
  readonly #connector = new Connector(new Names());
  readonly #events = new EventEmitter();

  readonly connect: Connect = (destination, options) => {
    const settle = withResolvers<Duplex>();
    this.dials.push(new GatedDial(destination, options, settle, this.#connector));
    this.#events.emit("dial");
    return settle.promise;
  };

  /** The dial with this number, counted from 0, when it was begun. */
  async dial(index: number): Promise<GatedDial> {
    for (;;) {
      const dial = this.dials[index];
      if (dial !== undefined) return dial;
      await once(this.#events, "dial");
    }
  }
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** `Promise.withResolvers`, which the oldest Node does not have. */
function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
