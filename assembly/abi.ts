// Numbers and names that the guest and the host share. Both asc and tsc must be able to compile this file.

/** Increased whenever the plugin of an older host does not work with a newer one, or the reverse. */
export const ABI_VERSION = 2;
/** For the plugin: the custom section that has its version of the ABI, as decimal digits. */
export const ABI_SECTION = "http_background_abi";

/** The module from which a guest imports the functions of the host. */
export const IMPORT_MODULE = "http_background";
/** For the plugin: starts a transfer. The outcome goes to EXPORT_RESUME. */
export const IMPORT_PERFORM = "perform";
/** For scripts: makes one HTTP request. The script is suspended until its outcome is there. */
export const IMPORT_CALL = "call";
/** For scripts: starts a request, and returns the number of this call at once. */
export const IMPORT_START = "start";
/** For scripts: suspends the script until a call that it has started has its reply, and returns it. */
export const IMPORT_WAIT = "wait";
/** For scripts: suspends the script until one of several calls has its reply, and returns the number of this call. */
export const IMPORT_WAIT_ANY = "wait_any";
/** For the plugin: whether the configuration has a thread with this id. */
export const IMPORT_HAS_THREAD = "has_thread";
/** For the plugin: fills memory with secure random bytes. */
export const IMPORT_RANDOM = "random";
/** For scripts: adds bytes to the output of the run. */
export const IMPORT_ECHO = "echo";
/** For scripts: returns a record with the arguments of the run, an array of strings and bytes. */
export const IMPORT_ARGUMENTS = "arguments";
/**
 * For scripts: returns the handle of what the run was granted under a name; -1 if there is nothing of this name and
 * type. The type is EXT_FILE, EXT_X509 or EXT_PRIVATE_KEY.
 */
export const IMPORT_RESOURCE = "resource";
/** For scripts: returns the size in bytes of a File or of the content of a reply; -1 if it is not known. */
export const IMPORT_SIZE = "size";
/** For scripts: copies bytes of a File or of the content of a reply into the guest. Returns how many were copied. */
export const IMPORT_READ = "read";
/** For scripts: returns a record with the value of a header of a reply; NOTHING if there is none. */
export const IMPORT_HEADER = "header";
/** For scripts: returns a record with the URL of a reply; NOTHING if it is not known. */
export const IMPORT_URL = "url";
/** For scripts: says that the content of a reply is not needed any more. */
export const IMPORT_RELEASE = "release";

/** Mutable globals are exported under names that consist of this prefix and a number. */
export const GLOBAL_EXPORT_PREFIX = "http_background_global_";

/** For guests with the stub runtime: the global that holds the end of the arena. */
export const EXPORT_ARENA_TOP = "http_background_arena_top";

/** For all guests: reserves bytes, to which the host writes. It calls no import. */
export const EXPORT_ALLOC = "http_background_alloc";
/** For the plugin: starts one call. It takes the arguments and returns the result, or PENDING. */
export const EXPORT_CALL = "http_background_call";
/** For the plugin: goes on with the outcome of a transfer. It takes a record and returns the result, or PENDING. */
export const EXPORT_RESUME = "http_background_resume";
/** Returned by a guest that waits. No record has this address. */
export const PENDING = 0;
/** For the plugin: encodes one chunk of a body. */
export const EXPORT_ENCODE = "http_background_encode";

// Extension types of MessagePack between guest and host.
/** undefined: an argument or a value that is absent, although a later one is there. No payload. */
export const EXT_ABSENT = 0;
/** A File: handle (u32), size (f64; -1 if it is not known), little endian. */
export const EXT_FILE = 1;
/** An X509Resource: handle (u32). */
export const EXT_X509 = 2;
/** A PrivateKeyResource: handle (u32). */
export const EXT_PRIVATE_KEY = 3;
/** A string by reference: handle (u32), size (f64). */
export const EXT_STRING = 4;
/** A value of a type that no option or argument may have: a function, a Date, a public key. No payload. */
export const EXT_OTHER = 5;
/** A File whose content is the payload. */
export const EXT_FILE_BYTES = 6;
/** A script: a string that is data of the post, and lies in the script's memory: address (u32), length (u32). */
export const EXT_STRING_AT = 7;
/** A script: the same for a File of bytes. */
export const EXT_FILE_AT = 8;

/** The size of a File that can no longer be read. */
export const FILE_UNUSABLE = -2;

/** The head of a response, which the host keeps under the number after that of its content. No script can name it. */
export const EXT_HEAD = 9;

/** Returned in place of the address of a record. */
export const NOTHING = 0;

/** Bytes before the payload of a record (see assembly/memory.ts). */
export const RECORD_HEADER_SIZE = 4;
/** How deep arguments may be nested. The deepest value with a meaning is a certificate of a chain, at depth 5. */
export const MAX_DEPTH = 16;
/**
 * Maximum number of values in the arguments, including nested values and keys. A value of one byte needs far more
 * memory.
 */
export const MAX_VALUES = 262_144;
/** Maximum number of entries in the option `headers`: each takes time, here and at the server. Servers accept far fewer. */
export const MAX_HEADERS = 10_000;

/** Maximum number of parts of a post. Each takes time, as a header does. */
export const MAX_PARTS = 10_000;
/** Maximum number of bytes of the names, types and file names of all parts. Each may become three, one at a time. */
export const MAX_PART_TEXT = 1_048_576;

export const HANDLE_SIZE = 4;
export const SIZED_HANDLE_SIZE = 12;
/** Payload of EXT_STRING_AT and EXT_FILE_AT. */
export const RANGE_SIZE = 8;
/** Data of the post of more bytes stay on the host, and do not go through the plugin's guest. */
export const LONG_DATA = 4096;

// Kinds of body, as the transfer names them.
export const BODY_STRING = 1;
export const BODY_FILE = 2;
export const BODY_MULTIPART = 3;

// Encoders, as segments of a body name them. With ENCODER_NONE the bytes of a source do not change.
export const ENCODER_NONE = 0;
export const ENCODER_7BIT = 1;
export const ENCODER_BASE64 = 2;
/** 64 columns, LF after every line. The option `encoder` uses it for a File that is posted alone. */
export const ENCODER_BASE64_FILE = 3;
export const ENCODER_QUOTED_PRINTABLE = 4;

/** Size of the state that an encoder keeps from one chunk to the next. At the start it is all zero. */
export const ENCODER_STATE_SIZE = 16;

// Keys of the transfer that the guest passes to `perform`. It also has the options, under their own names.
export const KEY_THREAD = "thread";
export const KEY_URL = "url";
export const KEY_HEADERS = "headers";
export const KEY_BODY = "body";
/**
 * Keys of the body: a BODY_ number, the Content-Type or nil, the length or -1, a list of bytes and `[handle, encoder]`.
 */
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
