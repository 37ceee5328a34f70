import { encodeChunk } from "./encode-chunk.ts";
import { alloc } from "./memory.ts";
import { request, resume } from "./request.ts";

export {
  alloc as http_background_alloc,
  encodeChunk as http_background_encode,
  request as http_background_call,
  resume as http_background_resume,
};
