import type { Connection } from "./connection.ts";

/**
 * Called if the response comes before the whole request is sent. Like curl, it sends the rest if the peer may want it,
 * however long the peer or the source of the body takes. If the peer does not want it, it closes the connection.
 *
 * @param onOver called once, at least one turn of the event loop later, when all is sent or the connection is closed
 */
export function sendRest(connection: Connection, isWanted: boolean, onOver: () => void): void {
  if (isWanted) {
    connection.whenSent(onOver);
    return;
  }
  // With TLS, the socket learns only one turn later that everything was written.
  setImmediate(() => {
    if (connection.isSending) connection.destroy();
    onOver();
  });
}
