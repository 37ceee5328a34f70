import { call } from "../http_background.ts";
import { Writer } from "../values/writer.ts";
import { Options, writeOptions } from "./options.ts";
import { writePost } from "./post.ts";
import { Reply } from "./reply.ts";

/**
 * Does an HTTP request. The script is suspended until the reply is there; others run meanwhile.
 *
 * A transfer that fails is a reply with `failed`. A mistake, such as an `id` that is not configured, ends the script.
 *
 * @param id A thread of the configuration.
 * @param url An http or https URL.
 * @param options Absent options are as the original has them.
 * @param post A body: a string or bytes (`Uint8Array`, `StaticArray<u8>`, `u8[]`, `ArrayBuffer`), a File, or a Form.
 * @param file Where the call stands, which the transform fills in; with `line` and `column` it is what a mistake names.
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
  writer.writeArrayHead(post !== null ? 4 : options !== null ? 3 : 2);
  writer.writeString(id);
  writer.writeString(url);
  if (options !== null) writeOptions(writer, options);
  else if (post !== null) writer.writeAbsent();
  if (post !== null) writePost(writer, post);
  // The host has copied the arguments when it suspends the script, and the record that it returns is ours.
  const record = call(writer.ptr, writer.len);
  writer.free();
  const reply = Reply.read(record);
  heap.free(record);
  if (reply.mistake.length > 0) abort(reply.mistake, file, line, column);
  return reply;
}
