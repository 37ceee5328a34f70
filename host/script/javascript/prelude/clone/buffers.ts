import { notClonable } from "./not-clonable.ts";

type ViewType = new (buffer: ArrayBuffer, offset: number, length: number) => ArrayBufferView;

export function cloneBuffer(value: object): ArrayBuffer | undefined {
  if (value instanceof SharedArrayBuffer) throw notClonable(value);
  if (!(value instanceof ArrayBuffer)) return undefined;
  if (value.detached) throw notClonable(value);
  return value.slice(0);
}

/** @param cloneOf Makes the copy of its buffer, or finds it */
export function cloneView(
  value: object,
  cloneOf: (buffer: ArrayBufferLike) => ArrayBuffer,
): ArrayBufferView | undefined {
  if (!ArrayBuffer.isView(value)) return undefined;
  const buffer = cloneOf(value.buffer);
  const type = typeOf(value);
  const length = value instanceof DataView ? value.byteLength : (value as Uint8Array).length;
  return new type(buffer, value.byteOffset, length);
}

/** The class of a view, whatever its `constructor` says. */
function typeOf(view: ArrayBufferView): ViewType {
  const name =
    view instanceof DataView
      ? "DataView"
      : (view as unknown as { [Symbol.toStringTag]: string })[Symbol.toStringTag];
  return (globalThis as unknown as Record<string, ViewType>)[name] as ViewType;
}

/**
 * Moves buffers: their copies have their memory.
 *
 * @returns Does it, when all has been cloned
 */
export function moveBuffers(given: Iterable<unknown>, memory: Map<object, object>): () => void {
  const buffers = [...given].map((value) => {
    if (value instanceof ArrayBuffer && !value.detached && !memory.has(value)) {
      memory.set(value, value.slice(0));
      return value;
    }
    throw notClonable(value);
  });
  return () => {
    for (const buffer of buffers) buffer.transfer();
  };
}
