/**
 * What the host does for a script. Arguments and results are texts, numbers, booleans, nothing, and whole buffers, so
 * that no code of a script runs while they are converted. SEAM.md says what each of them means.
 */
export interface Host {
  call(request: ArrayBuffer): number;
  sleep(ms: number): number;
  cancel(call: number): void;
  read(handle: number, offset: number, length: number): ArrayBuffer;
  size(handle: number): number;
  release(handle: number): void;
  resource(type: number, name: string): number;
  args(): ArrayBuffer;
  echo(output: string | ArrayBuffer): void;
  now(): number;
  random(length: number): ArrayBuffer;
  digest(algorithm: string, data: ArrayBuffer): ArrayBuffer;
  hmac(algorithm: string, key: ArrayBuffer, data: ArrayBuffer): ArrayBuffer;
  parseUrl(text: string, base: string | undefined): string | undefined;
  setUrl(href: string, part: string, value: string): string | undefined;
  encodeText(text: string): ArrayBuffer;
  decodeText(label: string, fatal: boolean, ignoreBom: boolean, data: ArrayBuffer): string | undefined;
  textEncoding(label: string): string | undefined;
  spend(bytes: number): void;
}

/** The global object, with what the engine and this library give to each other. */
interface Shared {
  __host?: Host;
  [name: string]: unknown;
}

export const shared = globalThis as unknown as Shared;

/** Nobody else has it: it is taken away before a script is there. */
export const host = shared.__host as Host;
delete shared.__host;
