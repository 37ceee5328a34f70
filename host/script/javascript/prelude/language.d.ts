// What the engine has besides ES2023.

declare function queueMicrotask(callback: () => void): void;
declare function atob(text: string): string;
declare function btoa(text: string): string;

declare class DOMException extends Error {
  constructor(message?: string, name?: string);
  readonly code: number;
}

interface PromiseConstructor {
  withResolvers<T>(): {
    readonly promise: Promise<T>;
    readonly resolve: (value: T) => void;
    readonly reject: (reason: unknown) => void;
  };
}

interface ErrorConstructor {
  captureStackTrace(target: object, above?: object): void;
}

interface ArrayBuffer {
  readonly detached: boolean;
  readonly maxByteLength: number;
  readonly resizable: boolean;
  transfer(length?: number): ArrayBuffer;
}

interface Uint8Array {
  toBase64(options?: { alphabet?: "base64" | "base64url"; omitPadding?: boolean }): string;
}

interface Uint8ArrayConstructor {
  fromBase64(text: string, options?: { alphabet?: "base64" | "base64url" }): Uint8Array<ArrayBuffer>;
}

interface String {
  isWellFormed(): boolean;
  toWellFormed(): string;
}
