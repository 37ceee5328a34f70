import type { Socket } from "node:net";
import type { Names } from "../names/names.ts";
import type { Asker } from "../names/query.ts";
import { type Destination, HTTP1_ONLY, isForward } from "../route/destination.ts";
import type { ProxyServer } from "../route/proxy.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { isAddress } from "../url/hostname.ts";
import { Attempt } from "./attempt.ts";
import { explain } from "./connect-error.ts";
import type { ConnectOptions } from "./connect-options.ts";
import { Race } from "./dial.ts";
import { startTls } from "./handshake.ts";
import { openTunnel } from "./http-connect.ts";
import { connectSocks } from "./socks.ts";
import { findSource, pickSource } from "./source-address.ts";
import { rememberTarget } from "./target-address.ts";

/** How a host is dialled. */
interface DialOptions {
  readonly sourceip: string;
  readonly asker: Asker | null;
  approve(address: string): void;
}

/** Makes connections. All transfers of the network share the cache of names. */
export class Connector {
  readonly #names: Pick<Names, "lookup">;

  constructor(names: Pick<Names, "lookup">) {
    this.#names = names;
  }

  /**
   * Connects: name lookup, TCP, TLS to an https proxy, the proxy's handshake, TLS to the origin. The returned socket is
   * ready for the first request. If `isForward(destination)`, requests go to the proxy in absolute form.
   *
   * @throws TransferFailure, and no other error. No socket and no timer is left then.
   */
  async connect(destination: Destination, options: ConnectOptions): Promise<Socket> {
    const { hostname, port } = destination;
    const attempt = new Attempt(options, { what: "connecting to", hostname, port });
    try {
      const socket = await this.#establish(attempt, destination, options);
      attempt.succeed();
      return socket;
    } catch (error) {
      attempt.abandon();
      const failure =
        error instanceof TransferFailure ? error : new TransferFailure("COULDNT_CONNECT", error);
      failure.address ??= attempt.address;
      throw explain(failure, attempt.step);
    }
  }

  async #establish(
    attempt: Attempt,
    destination: Destination,
    { policy, asker }: Pick<ConnectOptions, "policy" | "asker">,
  ): Promise<Socket> {
    const { hostname, port, tls, protocols, proxy, sourceip } = destination;
    const approve = (address: string): void => policy?.checkAddress(destination, address);
    const dialling: DialOptions = { sourceip, asker, approve };
    // A handshake must follow at once: while nobody reads a socket, nobody sees that its peer has gone.
    for (const one of [tls, destination.proxyTls]) if (one !== null) await attempt.wait(one.context);
    const { socket, target } =
      proxy === null
        ? { socket: await this.#dial(attempt, destination, dialling), target: null }
        : await this.#passProxy(attempt, { ...destination, proxy }, dialling);
    // With a proxy, the address of the socket is not that of the server.
    const address = proxy === null ? socket.remoteAddress : (target ?? undefined);
    attempt.step = { what: "TLS with", hostname, port, address };
    const connection =
      tls === null ? socket : await startTls(attempt, socket, { policy: tls, hostname, protocols });
    if (target !== null) rememberTarget(connection, target);
    return connection;
  }

  /** The returned `target` is the address of the server, if it was looked up here. */
  async #passProxy(
    attempt: Attempt,
    destination: Destination & { proxy: ProxyServer },
    { asker, approve }: DialOptions,
  ): Promise<{ socket: Socket; target: string | null }> {
    const { proxy } = destination;
    // The operator chooses the proxy, so the policy does not check the proxy's addresses. The caller chooses the
    // target, so its address is checked if it is known here.
    if (isAddress(destination.hostname)) approve(destination.hostname);
    const reconnect = async (): Promise<Socket> => {
      const reached = await this.#reachProxy(attempt, destination, asker);
      const { hostname, port } = proxy;
      attempt.step = { what: "asking the proxy", hostname, port, address: reached.remoteAddress };
      return reached;
    };
    const socket = await reconnect();
    if (proxy.scheme.startsWith("socks")) {
      const lookup = (name: string): Promise<readonly string[]> => this.#lookup(attempt, name, asker);
      const request = { proxy, target: destination, lookup, approve, reconnect };
      const { socket: connected, host } = await connectSocks(attempt, socket, request);
      return { socket: connected, target: isAddress(host) ? host : null };
    }
    if (!isForward(destination)) await openTunnel(attempt, socket, { proxy, target: destination });
    return { socket, target: null };
  }

  async #reachProxy(
    attempt: Attempt,
    { proxy, proxyTls, sourceip }: Destination & { proxy: ProxyServer },
    asker: Asker | null,
  ): Promise<Socket> {
    const socket = await this.#dial(attempt, proxy, { sourceip, asker, approve: () => {} }).catch(
      (error: unknown) => {
        const isUnknown = error instanceof TransferFailure && error.code === "COULDNT_RESOLVE_HOST";
        throw isUnknown ? new TransferFailure("COULDNT_RESOLVE_PROXY", error) : error;
      },
    );
    const { hostname, port } = proxy;
    attempt.step = { what: "TLS with the proxy", hostname, port, address: socket.remoteAddress };
    return proxyTls === null
      ? socket
      : startTls(attempt, socket, { policy: proxyTls, hostname, protocols: HTTP1_ONLY });
  }

  async #dial(
    attempt: Attempt,
    { hostname, port }: { hostname: string; port: number },
    { sourceip, asker, approve }: DialOptions,
  ): Promise<Socket> {
    attempt.step = { what: "looking up", hostname, port };
    const lookup = (name: string): Promise<readonly string[]> => this.#lookup(attempt, name, asker);
    const sources = await findSource(sourceip, lookup);
    const found = await lookup(hostname);
    const localAddress = (address: string): string | undefined =>
      sources === null ? undefined : pickSource(sources, address);
    // If one address is denied, the host is denied. Otherwise the decision would depend on which address answers first.
    for (const address of found) approve(address);
    const addresses = found.filter((address) => sources === null || localAddress(address) !== undefined);
    attempt.step = { what: "connecting to", hostname, port };
    const race = attempt.own(new Race({ addresses, port, localAddress, approve }));
    return attempt.wait(race.run());
  }

  /** Waits for a lookup, but not longer than the attempt. */
  #lookup(attempt: Attempt, hostname: string, asker: Asker | null): Promise<readonly string[]> {
    return attempt.waitOrLeave(this.#names.lookup(hostname, asker));
  }
}
