/** Why something else comes out of some tests, by a part of their paths. */
export const KNOWN: Readonly<Record<string, string>> = {
  "ticks-with-async-iter-resolved-promise-and-constructor-lookup":
    "the host awaits the entry, and so looks for the constructor of its promise",
};
