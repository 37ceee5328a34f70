// Answers GET /NAME/SIZE, and CONNECT NAME-SIZE, with what is hard to read; anything else with 200.
import { type AddressInfo, createServer, type Socket } from "node:net";
import { ANSWERS, TUNNEL_ANSWERS } from "./answers.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

function answerTo(requestLine: string): string {
  const [, name, size] = /^(?:GET \/|CONNECT )([a-z]+)[/-]([0-9]+)[ :]/.exec(requestLine) ?? [];
  const answer = [...ANSWERS, ...TUNNEL_ANSWERS].find((one) => one.name === name);
  return answer === undefined ? OK : answer.write(Number(size));
}

function serve(socket: Socket): void {
  let first = "";
  let tail = "";
  socket.on("error", () => socket.destroy());
  socket.setEncoding("latin1").on("data", (text: string) => {
    if (first.length < 200) first += text.slice(0, 200);
    tail = (tail + text).slice(-4);
    if (tail !== "\r\n\r\n") return;
    socket.write(answerTo(first), "latin1");
    // There is nobody behind the tunnel.
    if (first.startsWith("CONNECT")) socket.end();
    first = tail = "";
  });
}

const server = createServer({ noDelay: true }, serve);
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit());
