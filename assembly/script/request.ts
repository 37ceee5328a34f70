import { Writer } from "../values/writer.ts";
import { Options, writeOptions } from "./options.ts";
import { writePost } from "./post.ts";

/** Writes the arguments of a call. What `kept` has afterwards must not be collected before the host has copied them. */
export function writeRequest(
  writer: Writer,
  id: string,
  url: string,
  options: Options | null,
  post: Object | null,
  kept: ArrayBuffer[],
): void {
  writer.writeArrayHead(post !== null ? 4 : options !== null ? 3 : 2);
  writer.writeString(id);
  writer.writeString(url);
  if (options !== null) writeOptions(writer, options);
  else if (post !== null) writer.writeAbsent();
  if (post !== null) writePost(writer, post, kept);
}
