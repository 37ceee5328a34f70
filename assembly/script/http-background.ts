import { call } from "../http_background.ts";
import { Writer } from "../values/writer.ts";
import { Options } from "./options.ts";
import { Reply } from "./reply.ts";
import { writeRequest } from "./request.ts";

/**
 * Makes an HTTP request. The script is suspended until the reply comes. Other scripts run in the meantime.
 *
 * If the transfer fails, `failed` of the reply is true. A mistake, such as an unknown `id`, ends the script.
 *
 * @param id A thread of the configuration.
 * @param url An http or https URL.
 * @param options Options that are left out have the original's defaults.
 * @param post A body: a string or bytes (`Uint8Array`, `StaticArray<u8>`, `u8[]`, `ArrayBuffer`), a File, or a Form.
 * @param file The transform adds this, `line` and `column`: the place of the call, which the message of a mistake
 * names.
 */
export function http_background(
  id: string,
  url: string,
  options: Options | null = null,
  post: Object | null = null,
  file: string = "",
  line: i32 = 0,
  column: i32 = 0,
): Reply {
  const writer = new Writer();
  // As long as this variable is there, the collector leaves alone what is in it.
  const kept: ArrayBuffer[] = [];
  writeRequest(writer, id, url, options, post, kept);
  // When the host suspends the script, it has copied the arguments. The record that it returns belongs to the script.
  const record = call(writer.ptr, writer.len);
  writer.free();
  const reply = Reply.read(record);
  heap.free(record);
  if (reply.mistake.length > 0) abort(reply.mistake, file, line, column);
  return reply;
}
