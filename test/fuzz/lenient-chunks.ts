const CR = 0x0d;
const LF = 0x0a;

/** A second reader, which reads chunks like curl. It gets all chunks at once. Only for chunks that curl accepts. */
export function decodeLeniently(input: Buffer): { content: Buffer; end: number | null } {
  const content: Buffer[] = [];
  const unfinished = (): { content: Buffer; end: null } => ({ content: Buffer.concat(content), end: null });
  for (let at = 0; ; ) {
    const lineEnd = input.indexOf(LF, at);
    if (lineEnd < 0) return unfinished();
    const [digits = ""] = /^[0-9a-f]*/i.exec(input.toString("latin1", at, Math.min(lineEnd, at + 17))) ?? [];
    if (digits === "") throw new Error("a chunk without a size was taken");
    const size = Number.parseInt(digits, 16);
    if (size === 0) return { content: Buffer.concat(content), end: endOfTrailers(input, lineEnd + 1) };
    const dataEnd = lineEnd + 1 + size;
    content.push(input.subarray(lineEnd + 1, dataEnd));
    at = dataEnd;
    while (input[at] === CR) at++;
    if (at++ >= input.length) return unfinished();
  }
}

/** The position after the first empty line. */
function endOfTrailers(input: Buffer, from: number): number | null {
  for (let start = from; start < input.length; ) {
    const lineEnd = input.indexOf(LF, start);
    if (lineEnd < 0) return null;
    const isEmpty = lineEnd === start || (lineEnd === start + 1 && input[start] === CR);
    if (isEmpty) return lineEnd + 1;
    start = lineEnd + 1;
  }
  return null;
}
