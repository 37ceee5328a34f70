import type { TransferOwner } from "../host/network/transfer/transfer.ts";

/** A simulated network. It answers each transfer with its URL, when the benchmark says so. */
export class NetworkDouble {
  readonly ids = ["default"];
  readonly waiting: (() => void)[] = [];

  start({ url }: { url: string }, _options: unknown, { onEnd }: TransferOwner): void {
    this.waiting.push(() => onEnd({ status: 200, content: Buffer.from(url) }, null));
  }

  answerAll(): void {
    const waiting = this.waiting.splice(0);
    // In a different order than they came.
    for (let i = 0; i < waiting.length; i++) waiting[(i * 7919) % waiting.length]?.();
  }
}
