import { BATCH_BYTES } from "../body/source.ts";
import { MOST_STREAMS } from "../exchange/exchange.ts";

/** As in libcurl (H2_STREAM_WINDOW_SIZE): this much may be on its way for one stream, so that a long link is full. */
export const STREAM_WINDOW = 10 * 1024 * 1024;
/** As in libcurl (HTTP2_HUGE_WINDOW_SIZE): the streams of a session do not take each other's window. */
export const SESSION_WINDOW = 100 * STREAM_WINDOW;

/**
 * A head that is larger in HPACK's count, or has more headers, is refused by Node: it resets the stream. It is more
 * than the limit of all versions of HTTP (`MOST_HEAD_BYTES`), because HPACK adds 32 bytes to each header.
 */
export const LARGEST_HEADER_LIST = 1024 * 1024;
export const MOST_HEADERS = 16_384;

/**
 * In MB. Above it, node:http2 refuses the heads of responses. What streams hold of their bodies counts: a batch each, if
 * the peer takes nothing.
 */
export const SESSION_MEMORY = 10 + Math.ceil((MOST_STREAMS * BATCH_BYTES) / 1_000_000);

/** libcurl's limit for the head of a request is 1 MiB. HPACK may need more than one byte for each. */
export const LARGEST_REQUEST_BLOCK = 4 * 1024 * 1024;

/** Servers end a session in which too many streams are reset: some after 1000, some after a few hundred. */
export const MOST_ABORTS = 100;

/** Frames of these kinds that a session may get. A server sends a few of them in its life. */
export const MOST_SETTINGS = 100;
export const MOST_ORIGINS = 16;

/** How long a session without streams is kept (CURLOPT_MAXAGE_CONN). */
export const IDLE_MS = 118_000;
/** How long we wait until a peer closes its side of a session that we have closed. */
export const CLOSE_TIMEOUT_MS = 250;
/** If nothing comes on a session for so long, and a call ends because of that, the session takes no other. */
export const MUTE_MS = 1000;
