import type { Connection } from "./connection.ts";

/** If a peer has answered and accepts nothing of the body for this time, it does not want the rest. */
const STALL_MS = 1000;

/**
 * Called if the response comes before the whole request is sent. Like curl, it sends the rest if the peer may want it.
 * It closes the connection if the peer does not want it, or does not accept any more.
 *
 * @param onOver called once, at least one turn of the event loop later, when all is sent or the connection is closed
 */
export function sendRest(connection: Connection, isWanted: boolean, onOver: () => void): void {
  if (isWanted) {
    watch(connection, onOver);
    return;
  }
  // With TLS, the socket learns only one turn later that everything was written.
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
