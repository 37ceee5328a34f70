// Numbers and names that the guest and the host share. Written in the subset that asc and tsc both compile.

/** Raised when a guest built for one host no longer works with another. */
export const ABI_VERSION = 1;

/** The module that a guest imports its host functions from. */
export const IMPORT_MODULE = "http_background";
export const IMPORT_PERFORM = "perform";
/** A script: does one HTTP request. */
export const IMPORT_CALL = "call";
/** The plugin: whether a thread of that id is configured. Does not suspend. */
export const IMPORT_HAS_THREAD = "has_thread";
/** The plugin: fills memory with secure random bytes. Does not suspend. */
export const IMPORT_RANDOM = "random";
/** A script: adds bytes to the output of the run. Does not suspend, as all below. */
export const IMPORT_ECHO = "echo";
/** A script: a record with the arguments of the run, an array of strings and bytes. */
export const IMPORT_ARGUMENTS = "arguments";
/** A script: the handle of what the run was granted under a name, of type EXT_FILE, EXT_X509 or EXT_PRIVATE_KEY; -1 if that is nothing. */
export const IMPORT_RESOURCE = "resource";
/** A script: bytes of a File or of the content of a reply; -1 if that is not known. */
export const IMPORT_SIZE = "size";
/** A script: copies bytes of such a one into the guest; how many they were. */
export const IMPORT_READ = "read";
/** A script: the content of a reply is not needed any more. */
export const IMPORT_RELEASE = "release";
/** The imports that suspend their guest. */
export const SUSPENDING_IMPORTS = [IMPORT_PERFORM, IMPORT_CALL];

/** Exports of mutable globals: the prefix and a number. */
export const GLOBAL_EXPORT_PREFIX = "http_background_global_";

/** A guest with the stub runtime: the global that holds the end of its arena. */
export const EXPORT_ARENA_TOP = "http_background_arena_top";

/** Every guest: reserves bytes for the host to write to. Does not suspend. */
export const EXPORT_ALLOC = "http_background_alloc";
/** The plugin: runs one call, arguments in, result out. */
export const EXPORT_CALL = "http_background_call";
/** The plugin: encodes one chunk of a body. */
export const EXPORT_ENCODE = "http_background_encode";

// Extension types of MessagePack at the boundary.
/** undefined: an argument or a value that is not there, though a later one is. No payload. */
export const EXT_ABSENT = 0;
/** A File: handle (u32), size (f64; -1 when it is not known), little endian. */
export const EXT_FILE = 1;
/** An X509Resource: handle (u32). */
export const EXT_X509 = 2;
/** A PrivateKeyResource: handle (u32). */
export const EXT_PRIVATE_KEY = 3;
/** A string by reference: handle (u32), size (f64). */
export const EXT_STRING = 4;
/** A value that no option or argument takes: a function, a Date, a public key. No payload. */
export const EXT_OTHER = 5;
/** A File that is these very bytes. */
export const EXT_FILE_BYTES = 6;

/** The size of a File that can no longer be read. */
export const FILE_UNUSABLE = -2;

/** Bytes before the payload of a record (see assembly/memory.ts). */
export const RECORD_HEADER_SIZE = 4;
/** How deep arguments may nest. The deepest that means anything is a chain certificate, at 5. */
export const MAX_DEPTH = 16;
/** How many values arguments may be, those inside of others and keys included: each takes far more memory than its byte. */
export const MAX_VALUES = 262_144;

export const HANDLE_SIZE = 4;
export const SIZED_HANDLE_SIZE = 12;

// Kinds of body, as the transfer names them.
export const BODY_STRING = 1;
export const BODY_FILE = 2;
export const BODY_MULTIPART = 3;

// Encoders, as segments of a body name them. ENCODER_NONE passes a source through untouched.
export const ENCODER_NONE = 0;
export const ENCODER_7BIT = 1;
export const ENCODER_BASE64 = 2;
/** 64 columns, LF after every line: the option `encoder` of a File post. */
export const ENCODER_BASE64_FILE = 3;
export const ENCODER_QUOTED_PRINTABLE = 4;

/** Bytes of state that an encoder carries from one chunk to the next. All zero is the start. */
export const ENCODER_STATE_SIZE = 16;

// Keys of the transfer that the guest hands to `perform`, beside the options under their own names.
export const KEY_THREAD = "thread";
export const KEY_URL = "url";
export const KEY_HEADERS = "headers";
export const KEY_BODY = "body";
/** Of the body: a BODY_ number, the Content-Type or nil, the length or -1, and a list of bytes and `[handle, encoder]`. */
export const KEY_KIND = "kind";
export const KEY_TYPE = "type";
export const KEY_LENGTH = "length";
export const KEY_SEGMENTS = "segments";

// Keys of results and outcomes: `{ status, content }`, `{ error, code }`, or `{ throws, code, option }`.
export const KEY_STATUS = "status";
export const KEY_CONTENT = "content";
export const KEY_ERROR = "error";
export const KEY_CODE = "code";
export const KEY_THROWS = "throws";
export const KEY_OPTION = "option";
