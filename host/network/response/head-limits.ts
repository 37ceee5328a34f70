/** Maximum number of bytes of all heads together that come for one request (MAX_HTTP_RESP_HEADER_SIZE). */
export const MOST_HEAD_BYTES = 300 * 1024;

/** A line of a head must be shorter than this, with its end (CURL_MAX_HTTP_HEADER). */
export const LONGEST_LINE = 100 * 1024;
