import type { Socket } from "node:net";

/** Ends a connection with only a RST. `resetAndDestroy` would send a FIN first if it can still write. */
export function reset(socket: Socket & { _parent?: Socket | null }): void {
  // With TLS, only the socket below can do it.
  const raw = socket._parent ?? socket;
  Object.assign(raw, { resetAndClosing: true });
  raw.destroy();
}
