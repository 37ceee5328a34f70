// Answers GET /NAME/SIZE, and CONNECT NAME-SIZE, with what is hard to read; anything else with 200.
import { type AddressInfo, createServer, type Socket } from "node:net";
import { ANSWERS, TUNNEL_ANSWERS } from "./answers.ts";

const TLS_HANDSHAKE = "\x16";
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

function answerTo(requestLine: string): string {
  const [, name, size] = /^(?:GET \/|CONNECT )([a-z]+)[/-]([0-9]+)[ :]/.exec(requestLine) ?? [];
  const answer = [...ANSWERS, ...TUNNEL_ANSWERS].find((one) => one.name === name);
  return answer === undefined ? OK : answer.write(Number(size));
}

function serve(socket: Socket): void {
  let head = "";
  /** Bytes of the body that are still to come. */
  let left = 0;
  socket.on("error", () => socket.destroy());
  socket.setEncoding("latin1").on("data", (text: string) => {
    if (left === 0) {
      head += text;
      // It speaks no TLS: nobody has to wait for it.
      if (head.startsWith(TLS_HANDSHAKE)) socket.destroy();
      const end = head.indexOf("\r\n\r\n") + 4;
      if (end < 4) return;
      left = bodyLength(head) - (head.length - end);
    } else {
      left -= text.length;
    }
    if (left > 0) return;
    socket.write(answerTo(head), "latin1");
    // There is nobody behind the tunnel.
    if (head.startsWith("CONNECT")) socket.end();
    head = "";
  });
}

function bodyLength(head: string): number {
  return Number(/\r\ncontent-length: ([0-9]+)\r\n/.exec(head)?.[1] ?? 0);
}

const server = createServer({ noDelay: true }, serve);
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit());
