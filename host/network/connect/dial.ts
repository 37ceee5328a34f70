import { connect, isIPv6, type Socket } from "node:net";
import { TransferFailure } from "../transfer/failures.ts";

/** Where a connection may go. */
export interface RaceEntry {
  /** In the order of preference; not empty. */
  addresses: readonly string[];
  port: number;
  /** The address to bind to, for one of `addresses`; undefined for any. */
  localAddress(address: string): string | undefined;
  /** Asked before each address is dialled. Throws to forbid it. */
  approve(address: string): void;
}

const HEAD_START_MS = 200;

/**
 * Dials several addresses of one host, families by turns: the next when the one before has failed, or has not connected in
 * 200 ms (RFC 8305 §5; libcurl's CURLOPT_HAPPY_EYEBALLS_TIMEOUT_MS). The first that connects wins, the others are gone.
 */
export class Race {
  readonly #route: RaceEntry;
  readonly #waiting: string[];
  readonly #running = new Set<Socket>();
  readonly #failures: TransferFailure[] = [];
  #timer: NodeJS.Timeout | undefined;
  #over = false;
  #winner: Socket | undefined;
  #win: (socket: Socket) => void = () => {};
  #lose: (failure: TransferFailure) => void = () => {};

  constructor(route: RaceEntry) {
    this.#route = route;
    this.#waiting = alternateFamilies(route.addresses);
  }

  /**
   * Once.
   *
   * @throws TransferFailure why the first address could not be reached; DENIED as soon as one of them is
   */
  run(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      this.#win = resolve;
      this.#lose = reject;
      this.#next();
    });
  }

  /** Destroys every socket of the race, the winner too. */
  destroy(): void {
    this.#stop();
    this.#winner?.destroy();
  }

  #stop(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    for (const socket of this.#running) socket.destroy();
    this.#running.clear();
  }

  #next(): void {
    clearTimeout(this.#timer);
    const address = this.#waiting.shift();
    if (address !== undefined) this.#start(address);
    else if (this.#running.size === 0)
      this.#lose(this.#failures[0] ?? new TransferFailure("COULDNT_CONNECT"));
  }

  #start(address: string): void {
    const { port, approve, localAddress } = this.#route;
    try {
      approve(address);
      this.#watch(connect({ host: address, port, localAddress: localAddress(address), noDelay: true }));
    } catch (error) {
      this.#stop();
      this.#lose(asFailure(error));
      return;
    }
    if (this.#waiting.length > 0) this.#timer = setTimeout(() => this.#hurry(), HEAD_START_MS);
  }

  #watch(socket: Socket): void {
    this.#running.add(socket);
    // The listener stays for the life of the socket: one that fails between two steps must not end the process.
    socket.on("error", (error) => this.#drop(socket, error));
    socket.once("connect", () => {
      this.#winner = socket;
      this.#running.delete(socket);
      this.#stop();
      this.#win(socket);
    });
  }

  /** In a process that was busy, an answer may be there but not yet seen: it is looked for before the next is dialled. */
  #hurry(): void {
    setImmediate(() => {
      if (!this.#over) this.#next();
    });
  }

  #drop(socket: Socket, error: Error): void {
    if (!this.#running.delete(socket)) return;
    socket.destroy();
    this.#failures.push(asFailure(error));
    this.#next();
  }
}

/** The family of the first address goes first. */
function alternateFamilies(addresses: readonly string[]): string[] {
  const sixFirst = isIPv6(addresses[0] ?? "");
  const first = addresses.filter((address) => isIPv6(address) === sixFirst);
  const second = addresses.filter((address) => isIPv6(address) !== sixFirst);
  const turns = Math.max(first.length, second.length);
  return Array.from({ length: turns }, (_, turn) => [first[turn], second[turn]])
    .flat()
    .filter((address) => address !== undefined);
}

function asFailure(error: unknown): TransferFailure {
  if (error instanceof TransferFailure) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === "ETIMEDOUT") return new TransferFailure("OPERATION_TIMEDOUT", error);
  // EINVAL is a source of another family or scope than the target's, which curl calls unreachable.
  if (syscall === "bind" && code !== "EINVAL") return new TransferFailure("INTERFACE_FAILED", error);
  return new TransferFailure("COULDNT_CONNECT", error);
}
