/** Maximum number of bytes of the request line and the headers of a request (DYN_HTTP_REQUEST, less the NUL that curl adds). */
export const LARGEST_HEAD = 1024 * 1024 - 1;
