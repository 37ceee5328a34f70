export type GlobalValue = number | bigint;

/** The state of an instance before any call. Instances of one module share it. */
export interface Pristine {
  /** The memory, without the zeros at its end, in whole steps. */
  readonly memory: Buffer;
  readonly memorySize: number;
  readonly globals: readonly GlobalValue[];
}
