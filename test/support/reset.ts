import type { Socket } from "node:net";

/** Ends a connection with a RST and nothing before it. `resetAndDestroy` sends a FIN first where it can still write. */
export function reset(socket: Socket & { _parent?: Socket | null }): void {
  // Under TLS it is the connection beneath that can.
  const raw = socket._parent ?? socket;
  Object.assign(raw, { resetAndClosing: true });
  raw.destroy();
}
