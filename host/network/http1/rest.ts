import type { Connection } from "./connection.ts";

/** How long a peer that has answered may take nothing of the body before it is believed to want no more of it. */
const STALL_MS = 1000;

/**
 * The response is there before all of the request is sent. Like curl, this sends the rest of it where the peer may want
 * it, and closes the connection where it does not, or takes no more.
 *
 * @param onOver called once, a turn of the event loop later or more: all is sent, or the connection is closed
 */
export function sendRest(connection: Connection, isWanted: boolean, onOver: () => void): void {
  if (isWanted) {
    watch(connection, onOver);
    return;
  }
  // Over TLS the socket hears a turn later that everything was written.
  setImmediate(() => {
    if (connection.isSending) connection.destroy();
    onOver();
  });
}

function watch(connection: Connection, onOver: () => void): void {
  let { progress } = connection;
  const timer = setInterval(() => {
    if (connection.progress === progress) connection.destroy();
    ({ progress } = connection);
  }, STALL_MS);
  connection.whenSent(() => {
    clearInterval(timer);
    onOver();
  });
}
