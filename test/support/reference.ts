// Encoders and decoders written from the rules alone, as plainly as can be: what the guest's are compared with.

/** Base64 with `ending` between lines of `columns`, and behind the last one too if `closed`. */
export function referenceBase64(bytes: Buffer, columns: number, ending: string, closed: boolean): string {
  const lines = bytes.toString("base64").match(new RegExp(`.{1,${columns}}`, "g")) ?? [];
  return lines.join(ending) + (closed && lines.length > 0 ? ending : "");
}

/** Quoted-printable, a token at a time. */
export function referenceQuotedPrintable(bytes: Buffer): string {
  const text = bytes.toString("latin1");
  let line = "";
  let written = "";
  for (let i = 0; i < text.length; ) {
    if (text.startsWith("\r\n", i)) {
      written += `${line}\r\n`;
      line = "";
      i += 2;
      continue;
    }
    const byte = text.charAt(i++);
    const ends = i === text.length || text.startsWith("\r\n", i);
    const literal = /[!-<>-~]/.test(byte) || (/[ \t]/.test(byte) && !ends);
    const hex = byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0");
    const token = literal ? byte : `=${hex}`;
    if (line.length + token.length > (ends ? 76 : 75)) {
      written += `${line}=\r\n`;
      line = "";
    }
    line += token;
  }
  return written + line;
}

/** The bytes that quoted-printable stands for, by RFC 2045 §6.7, for text that is well formed. */
export function decodeQuotedPrintable(text: string): Buffer {
  const joined = text.replaceAll("=\r\n", "");
  const bytes = joined.replace(/=([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, "latin1");
}
