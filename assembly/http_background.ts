// asc gives the import module of the wasm the name of this file: `http_background`.

/**
 * Starts a transfer (MessagePack at `ptr`, see request.ts). After the guest has returned PENDING, its `resume` gets the
 * outcome, once: a record with `{ status, content }` or `{ error, code }`. It never fails in another way.
 */
export declare function perform(ptr: usize, len: i32): void;

/** Returns 1 if the configuration has a thread with this id, otherwise 0. */
export declare function has_thread(ptr: usize, len: i32): i32;

/** Fills memory with random bytes of a cryptographically secure generator. */
export declare function random(ptr: usize, len: i32): void;

// The functions below are for scripts.

/**
 * Executes a call (MessagePack `[id, url, options, post]` at `ptr`, as request.ts reads it). Suspends the script.
 * Returns a record with `{ status, content }`, `{ error, code }`, or `{ throws, code, option }`.
 */
export declare function call(ptr: usize, len: i32): usize;

/**
 * Starts a call, with the same arguments, and returns its number. The host has copied them. Its reply is for `wait`.
 */
export declare function start(ptr: usize, len: i32): i32;

/** Suspends the script until a call that was started has its reply, and returns it, as `call` does. */
export declare function wait(number: i32): usize;

/** Suspends the script until one of `count` calls (u32 at `ptr`) has its reply. Returns the number of this call. */
export declare function wait_any(ptr: usize, count: i32): i32;

/** Appends bytes to the output of the run. */
export declare function echo(ptr: usize, len: i32): void;

/** Returns the arguments of the run: a record with a list of strings. */
export declare function arguments(): usize;

/**
 * Returns the handle of what was granted under a name; -1 if nothing was. `kind` is EXT_FILE, EXT_X509 or
 * EXT_PRIVATE_KEY.
 */
export declare function resource(kind: i32, ptr: usize, len: i32): i32;

/** Returns the size in bytes of the value of a handle; -1 if it is not known. */
export declare function size(handle: i32): f64;

/** Copies content of a reply, or of a File that the host has in memory. Returns how many bytes were copied. */
export declare function read(handle: i32, offset: f64, ptr: usize, len: i32): i32;

/** Returns a record with the value of a header of the reply with this content, or NOTHING. */
export declare function header(handle: i32, ptr: usize, len: i32): usize;

/** Returns a record with the URL of the reply with this content, or NOTHING. */
export declare function url(handle: i32): usize;

/** Releases content that will not be read any more, or its head, if the content was released before. */
export declare function release(handle: i32): void;
