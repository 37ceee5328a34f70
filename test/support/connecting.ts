import type { Socket } from "node:net";
import type { ConnectOptions } from "../../host/network/connect/connect-options.ts";
import type { Connector } from "../../host/network/connect/connector.ts";

import { TransferFailure } from "../../host/network/transfer/failures.ts";
import type { Transfer } from "../../host/network/transfer/transfer.ts";
import { destinationOf } from "./destination.ts";
import { connectorOf } from "./names.ts";

/** The settings of a test's connection that are not the defaults. */
export interface Connecting {
  transfer?: Partial<Transfer>;
  options?: Partial<ConnectOptions>;
  connector?: Connector;
}

/** Names in the tests. Other names have no address. */
export const NAMES: Readonly<Record<string, readonly string[]>> = {
  "good.test": ["127.0.0.1"],
  "a.wild.test": ["127.0.0.1"],
  "v6.test": ["::1"],
  "both.test": ["::1", "127.0.0.1"],
  "reverse.test": ["127.0.0.1", "::1"],
};

/** A connector that knows `NAMES`. */
export function testConnector(): Connector {
  return connectorOf(async (hostname) => NAMES[hostname] ?? []);
}

/** Connects for a URL. */
export function connectTo(url: string, { transfer, options, connector }: Connecting = {}): Promise<Socket> {
  return (connector ?? testConnector()).connect(destinationOf(url, transfer), {
    timeoutMs: 20_000,
    signal: new AbortController().signal,
    policy: null,
    asker: null,
    ...options,
  });
}

/** Returns "connected", or the code of the failure. Closes the connection. */
export async function outcomeOf(url: string, connecting: Connecting = {}): Promise<string> {
  try {
    (await connectTo(url, connecting)).destroy();
    return "connected";
  } catch (error) {
    return error instanceof TransferFailure ? error.code : `not a TransferFailure: ${error}`;
  }
}

/** What the server says before it closes. */
export async function greetingOf(url: string, connecting: Connecting = {}): Promise<string> {
  const socket = await connectTo(url, connecting);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("latin1");
}
