import type { Instance } from "./instance.ts";
import type { Answer, Task } from "./task.ts";

/** Answers one question of a guest. May reject or throw. */
export type Perform = (record: Buffer) => Promise<Uint8Array>;

/** A call of an export that takes bytes and returns a record. */
export abstract class RecordCall implements Task<Buffer, undefined> {
  readonly name: string;
  readonly args: Uint8Array;
  readonly context = undefined;

  constructor(name: string, args: Uint8Array) {
    this.name = name;
    this.args = args;
  }

  readResult(instance: Instance, returned: unknown): Buffer {
    return instance.memory.copyRecord(returned as number);
  }

  abstract perform(record: Buffer, answer: Answer): void;
  abstract onResult(result: Buffer): void;
  abstract onError(error: unknown): void;
}

/** Such a call with promises, both for its result and for `perform`. */
export class PromisedCall extends RecordCall {
  readonly onResult: (result: Buffer) => void;
  readonly onError: (error: unknown) => void;
  readonly #performer: Perform;

  constructor(
    call: { name: string; args: Uint8Array; perform: Perform },
    resolve: (result: Buffer) => void,
    reject: (error: unknown) => void,
  ) {
    super(call.name, call.args);
    this.#performer = call.perform;
    this.onResult = resolve;
    this.onError = reject;
  }

  perform(record: Buffer, answer: Answer): void {
    this.#performer(record).then(
      (bytes) => answer.resume(bytes),
      (error) => answer.fail(error),
    );
  }
}
