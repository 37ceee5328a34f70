import { createRequire } from "node:module";

/** The result of undici's HTTP parser alone for the bytes of one response. */
export interface Parsed {
  /** 0 if the head is not complete. */
  status: number;
  content: Buffer;
  /** The position of the end of the response; null if it was not found. The bytes after it were not parsed. */
  end: number | null;
  /** The parser's error; null if there was none. */
  error: string | null;
}

interface Exports {
  readonly memory: WebAssembly.Memory;
  _initialize?(): void;
  malloc(size: number): number;
  free(ptr: number): void;
  llhttp_alloc(type: number): number;
  llhttp_free(parser: number): void;
  llhttp_execute(parser: number, ptr: number, length: number): number;
  llhttp_get_error_pos(parser: number): number;
  llhttp_get_error_reason(parser: number): number;
}

const RESPONSE = 2;
const PAUSED = 21;
const WITHOUT_CONTENT = 1;

let exports: Exports | undefined;
/** The callbacks of the parser write to this object. */
let parsed: Parsed & { pieces: Buffer[]; isOfHead: boolean };

/** @param isOfHead whether it is the response to HEAD */
export function parseResponse(bytes: Buffer, isOfHead = false): Parsed {
  exports ??= instantiate();
  const { memory, malloc, free, llhttp_alloc, llhttp_free, llhttp_execute, llhttp_get_error_pos } = exports;
  parsed = { status: 0, content: Buffer.alloc(0), end: null, error: null, pieces: [], isOfHead };
  const ptr = malloc(bytes.length + 1);
  const parser = llhttp_alloc(RESPONSE);
  try {
    Buffer.from(memory.buffer).set(bytes, ptr);
    const result = llhttp_execute(parser, ptr, bytes.length);
    if (result === PAUSED) parsed.end = llhttp_get_error_pos(parser) - ptr;
    else if (result !== 0) parsed.error = textAt(exports.llhttp_get_error_reason(parser));
    const { status, pieces, end, error } = parsed;
    return { status, content: Buffer.concat(pieces), end, error };
  } finally {
    llhttp_free(parser);
    free(ptr);
  }
}

function instantiate(): Exports {
  const bytes: Buffer = createRequire(import.meta.url)("undici/lib/llhttp/llhttp-wasm.js");
  const nothing = (): number => 0;
  const env = {
    wasm_on_url: nothing,
    wasm_on_status: nothing,
    wasm_on_message_begin: nothing,
    wasm_on_header_field: nothing,
    wasm_on_header_value: nothing,
    wasm_on_headers_complete: (_parser: number, status: number): number => {
      parsed.status = status;
      return parsed.isOfHead ? WITHOUT_CONTENT : 0;
    },
    wasm_on_body: (_parser: number, at: number, length: number): number => {
      parsed.pieces.push(copyOf(at, length));
      return 0;
    },
    wasm_on_message_complete: () => PAUSED,
  };
  const module = new WebAssembly.Module(bytes as Buffer<ArrayBuffer>);
  return new WebAssembly.Instance(module, { env }).exports as unknown as Exports;
}

function copyOf(at: number, length: number): Buffer {
  return Buffer.from(Buffer.from((exports as Exports).memory.buffer, at, length));
}

function textAt(ptr: number): string {
  const bytes = Buffer.from((exports as Exports).memory.buffer, ptr, 200);
  return bytes.toString("latin1", 0, bytes.indexOf(0));
}
