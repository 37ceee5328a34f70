import type { Socket } from "node:net";

/** Ends a connection with a RST and nothing before it. `resetAndDestroy` sends a FIN first where it can still write. */
export function reset(socket: Socket): void {
  Object.assign(socket, { resetAndClosing: true });
  socket.destroy();
}
