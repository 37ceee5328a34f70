/** Tests that fail: parts of their names, and why. */
export const KNOWN: Readonly<Record<string, string>> = {
  Untitled: "isTrusted is a member of the prototype, not of each event",
  "XMLHttpRequest with value": "there is no XMLHttpRequest",
  "Request's body: initial state": "there is no ReadableStream",
  "Ensure the correct JSON parser is used": "fetch takes no data: URL",
  "Consume empty FormData": "a form without parts has an end, as in every other client",
  "no-argument Blob slice": "there is no FileReader",
  MessagePort: "there is no MessageChannel",
  "generate wrong key step": "of the keys there are those of HMAC",
};
