import type { Plugin } from "../guest/plugin.ts";
import type { Handle } from "../guest/wire/handles.ts";
import { FIRST_DATA_HANDLE, type PostedData, type Sized } from "../guest/wire/script-request.ts";
import { CountedBody } from "../network/body/counted-body.ts";
import { BytesInParts } from "../network/transfer/bytes-in-parts.ts";
import { TransferFailure } from "../network/transfer/failures.ts";
import type { Transfer } from "../network/transfer/transfer.ts";
import { readTransfer } from "../record/transfer-record.ts";
import type { AskedCall, DoorRequest, ScriptCall } from "./script-call.ts";

/** Maximum number of bytes of a transfer record, and of headers in it. More would take too much of the application's time. */
const LARGEST_TRANSFER = 1 << 20;
const MOST_HEADERS = 1000;

/** What a transfer takes of the JavaScript heap, in bytes: itself, each header, and each value that its body names. */
const TRANSFER_OBJECTS = 4096;
const HEADER_OBJECTS = 64;
const VALUE_OBJECTS = 512;

/**
 * Reads the transfer that a script asks for.
 *
 * @throws TransferFailure OUT_OF_MEMORY if it is too large; TypeError or RangeError if it is not valid
 */
export function readScriptTransfer(
  { transfer: record, data }: DoorRequest,
  { run, call }: AskedCall,
  plugin: Plugin,
): Transfer {
  if (record.length > LARGEST_TRANSFER) throw new TransferFailure("OUT_OF_MEMORY");
  let values = 0;
  const transfer = readTransfer(record, {
    getHandle: (number, ...types) => {
      values++;
      const isOfRun = number < FIRST_DATA_HANDLE;
      return inParts(isOfRun ? run.handles.get(number, ...types) : findData(data, number, types), call);
    },
    makeEncoder: (encoder) => plugin.encoding(encoder),
  });
  if (transfer.headers.length > MOST_HEADERS) throw new TransferFailure("OUT_OF_MEMORY");
  const objects = transfer.headers.length * HEADER_OBJECTS + values * VALUE_OBJECTS;
  call.onObjects(TRANSFER_OBJECTS + record.length + objects);
  transfer.isAlwaysFramed = true;
  return transfer;
}

/** Limits a transfer to what the run may still send and receive. @returns Whether this limits the content's size */
export function limitTransfer(transfer: Transfer, call: ScriptCall): boolean {
  const { body, maxFileSize } = transfer;
  transfer.onContent = (bytes) => call.onReceive(bytes);
  if (body !== null) transfer.body = CountedBody.of(body, (bytes) => call.onSend(bytes));
  // If nothing more may come, the limit is one byte, because 0 would mean no limit.
  const most = Math.max(1, call.receivable);
  if (maxFileSize > 0 && maxFileSize <= most) return false;
  transfer.maxFileSize = most;
  return true;
}

function inParts(handle: Handle, call: ScriptCall): Handle {
  const parts = call.partsOf(handle.value);
  return parts === undefined ? handle : { ...handle, value: new BytesInParts(parts) };
}

function findData(data: readonly PostedData<Sized>[], number: number, types: number[]): Handle {
  const found = data[number - FIRST_DATA_HANDLE];
  if (found === undefined || !types.includes(found.type)) {
    throw new RangeError(`the guest named data ${number} that it has not given`);
  }
  return { type: found.type, value: found.bytes, size: found.bytes.length };
}
