import type { Outcome } from "../host/network/transfer/transfer.ts";

/** A simulated network. It answers each transfer with its URL, when the benchmark says so. */
export class NetworkDouble {
  readonly ids = ["default"];
  readonly waiting: (() => void)[] = [];

  perform({ url }: { url: string }): Promise<Outcome> {
    return new Promise((resolve) => {
      this.waiting.push(() => resolve({ status: 200, content: Buffer.from(url) }));
    });
  }

  answerAll(): void {
    const waiting = this.waiting.splice(0);
    // In a different order than they came.
    for (let i = 0; i < waiting.length; i++) waiting[(i * 7919) % waiting.length]?.();
  }
}
