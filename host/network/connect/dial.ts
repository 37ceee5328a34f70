import { connect, isIPv4, type Socket } from "node:net";
import { TransferFailure } from "../transfer/failures.ts";

/** The addresses to which a race may connect. */
export interface RaceEntry {
  /** In the order of preference. */
  addresses: readonly string[];
  port: number;
  /** The local address to bind to, for one of `addresses`; undefined if the system chooses. */
  localAddress(address: string): string | undefined;
  /** Called before each address is dialled. Throws if the address is denied. */
  approve(address: string): void;
}

const HEAD_START_MS = 200;
/** Of the sockets that do not answer. Each has 3.2 seconds at least. */
const MOST_RUNNING = 16;

/**
 * Dials several addresses of one host, in turn IPv4 and IPv6. It dials the next address when the one before has failed,
 * or has not connected within 200 ms (RFC 8305 §5; libcurl's CURLOPT_HAPPY_EYEBALLS_TIMEOUT_MS). If 16 are dialled then,
 * it gives the oldest of them up. The first one that connects wins, and the others are destroyed.
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
   * Runs the race. Called once.
   *
   * @throws TransferFailure for the first address, if no address could be reached; DENIED as soon as one address is
   * denied
   */
  run(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      this.#win = resolve;
      this.#lose = reject;
      this.#next();
    });
  }

  /** Destroys all sockets of the race, including the winner. */
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
    const drop = (error: Error): void => this.#drop(socket, error);
    socket.on("error", drop);
    socket.once("connect", () => {
      // This listener stays as long as the socket. An error between two steps must not end the process. It is not that of the race,
      // because the socket would hold the race, and the call that began it.
      socket.on("error", ignore);
      socket.off("error", drop);
      this.#winner = socket;
      this.#running.delete(socket);
      this.#stop();
      this.#win(socket);
    });
  }

  /** If the process was busy, an answer may be there already. So it waits one turn before it dials the next address. */
  #hurry(): void {
    setImmediate(() => {
      if (this.#over) return;
      const [oldest] = this.#running;
      if (oldest === undefined || this.#running.size < MOST_RUNNING) this.#next();
      else this.#drop(oldest, new Error("There was no answer, and there are other addresses"));
    });
  }

  #drop(socket: Socket, error: Error): void {
    if (!this.#running.delete(socket)) return;
    socket.destroy();
    this.#failures.push(asFailure(error));
    this.#next();
  }
}

function ignore(): void {}

/** Alternates between the families. The family of the first address is first. */
function alternateFamilies(addresses: readonly string[]): string[] {
  // The first call of `isIPv6` takes 4 ms with Node 20: it compiles a regular expression.
  const fourFirst = isIPv4(addresses[0] ?? "");
  const first = addresses.filter((address) => isIPv4(address) === fourFirst);
  const second = addresses.filter((address) => isIPv4(address) !== fourFirst);
  const turns = Math.max(first.length, second.length);
  return Array.from({ length: turns }, (_, turn) => [first[turn], second[turn]])
    .flat()
    .filter((address) => address !== undefined);
}

function asFailure(error: unknown): TransferFailure {
  if (error instanceof TransferFailure) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === "ETIMEDOUT") return new TransferFailure("OPERATION_TIMEDOUT", error);
  // EINVAL means that the family or the scope of the source differs from the target's. To curl, the target is
  // unreachable.
  if (syscall === "bind" && code !== "EINVAL") return new TransferFailure("INTERFACE_FAILED", error);
  return new TransferFailure("COULDNT_CONNECT", error);
}
