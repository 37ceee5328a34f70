import { connect as dial, type Socket } from "node:net";
import type { ConnectOptions, Destination } from "./destination.ts";
import { toFailure } from "./failure-table.ts";
import { TransferFailure } from "./failures.ts";
import type { Transfer } from "./transfer.ts";
import type { Url } from "./url.ts";

/** Where requests for an http URL go directly. Anything else is NOT_BUILT_IN. */
export function plainDestination(url: Url, transfer: Transfer): Destination {
  const { scheme, hostname, port } = url;
  const isPlain = scheme === "http" && !transfer.proxy && !transfer.sourceip && transfer.awsSigv4 === null;
  if (!isPlain) throw new TransferFailure("NOT_BUILT_IN");
  const hostKey = `${hostname}:${port}`;
  const none = { tls: null, proxy: null, proxyTls: null, sourceip: "" };
  return { scheme, hostname, port, ...none, key: `http ${hostKey}`, hostKey };
}

/** Opens a plain TCP connection. */
export function connectPlain(destination: Destination, options: ConnectOptions): Promise<Socket> {
  const { hostname, port } = destination;
  const { signal, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    const socket = dial({ host: hostname, port, noDelay: true });
    const fail = (error: unknown) => {
      socket.destroy();
      reject(toFailure(error, "connecting"));
    };
    const timer = setTimeout(
      fail,
      Math.min(timeoutMs, 2 ** 31 - 1),
      new TransferFailure("OPERATION_TIMEDOUT"),
    );
    const abort = () => fail(new TransferFailure("ABORTED_BY_CALLBACK"));
    socket.once("close", () => clearTimeout(timer));
    socket.once("error", fail);
    signal.addEventListener("abort", abort);
    socket.once("connect", () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      socket.off("error", fail);
      resolve(socket);
    });
  });
}
