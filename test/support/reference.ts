// Simple encoders and decoders, written only from the rules. The guest's encoders are compared with them.

/** Base64 with `ending` between lines of `columns`. If `closed`, there is one after the last line too. */
export function referenceBase64(bytes: Buffer, columns: number, ending: string, closed: boolean): string {
  const lines = bytes.toString("base64").match(new RegExp(`.{1,${columns}}`, "g")) ?? [];
  return lines.join(ending) + (closed && lines.length > 0 ? ending : "");
}

/** Quoted-printable, token by token. */
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

/** Decodes well-formed quoted-printable by RFC 2045 §6.7. */
export function decodeQuotedPrintable(text: string): Buffer {
  const joined = text.replaceAll("=\r\n", "");
  const bytes = joined.replace(/=([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, "latin1");
}
