import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { SuiteTest } from "./answers.ts";

const END_OF_HEAD = "\r\n\r\n";

/** Gives the answers of tests, each on a connection of its own. */
export class SuiteServer {
  readonly #answers: ReadonlyMap<string, string>;
  readonly #server: Server;

  private constructor(tests: readonly SuiteTest[]) {
    this.#answers = new Map(
      tests.flatMap(({ number, answers }) =>
        [...answers].map(([part, answer]): [string, string] => [`${number}${part}`, answer]),
      ),
    );
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
  }

  static async start(tests: readonly SuiteTest[]): Promise<SuiteServer> {
    const server = new SuiteServer(tests);
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.close();
    await once(this.#server, "close");
  }

  #serve(socket: Socket): void {
    let head = "";
    let isAnswered = false;
    socket.setEncoding("latin1").on("error", () => {});
    socket.on("end", () => socket.end());
    socket.on("data", (text: string) => {
      if (isAnswered) return;
      head += text;
      if (!head.includes(END_OF_HEAD)) return;
      isAnswered = true;
      socket.end(this.#answer(head), "latin1");
    });
  }

  #answer(head: string): string {
    const [, number = ""] = /^[A-Z]+ [^ ]*?\/([0-9]+)(?:[/?.#][^ ]*)? HTTP/.exec(head) ?? [];
    const answer = this.#answers.get(number) ?? "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    return answer.replaceAll("%HOSTIP", "127.0.0.1").replaceAll("%HTTPPORT", String(this.port));
  }
}
