const NO_OTHERS =
  "a module that is no JavaScript is not there, and what throws the error is the host: each has its own class";

/** Why something else comes out of some tests, by a part of their paths. */
export const KNOWN: Readonly<Record<string, string>> = {
  "resolved-promise-and-constructor-lookup":
    "the host awaits the entry, and so looks for the constructor of its promise",
  "language/import/import-attributes/json-": NO_OTHERS,
  "language/import/import-attributes/text-": NO_OTHERS,
  "language/import/import-bytes/bytes-from-": NO_OTHERS,
};
