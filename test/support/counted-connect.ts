import type { Duplex } from "node:stream";
import type { Connect } from "../../host/network/connect/connect-options.ts";
import { Connector } from "../../host/network/connect/connector.ts";
import { Names } from "../../host/network/names/names.ts";

/** Connects, and counts the connections that are opening or open, for each port and in total. */
export class CountedConnect {
  readonly mostTo = new Map<number, number>();
  most = 0;
  readonly #openTo = new Map<number, number>();
  #open = 0;
  readonly #connector = new Connector(new Names());

  readonly connect: Connect = async (destination, options): Promise<Duplex> => {
    const { port } = destination;
    this.#count(port, 1);
    try {
      const socket = await this.#connector.connect(destination, options);
      socket.once("close", () => this.#count(port, -1));
      return socket;
    } catch (error) {
      this.#count(port, -1);
      throw error;
    }
  };

  #count(port: number, change: 1 | -1): void {
    this.#open += change;
    const openTo = (this.#openTo.get(port) ?? 0) + change;
    this.#openTo.set(port, openTo);
    this.most = Math.max(this.most, this.#open);
    this.mostTo.set(port, Math.max(this.mostTo.get(port) ?? 0, openTo));
  }
}
