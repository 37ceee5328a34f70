import { Text } from "../values/text.ts";

/** The end of the first line of PEM. Before it may be `X509`, `TRUSTED`, `EC`, `RSA` or `ENCRYPTED` (RFC 7468 §4). */
export const CERTIFICATE = "CERTIFICATE-----";
export const PRIVATE_KEY = "PRIVATE KEY-----";

const DER_SEQUENCE: u8 = 0x30;
/** From this value on, the first byte of a length says how many bytes of length follow it (X.690 §8.1.3). */
const DER_LONG_LENGTH: i32 = 0x80;

/** Whether a string looks like a credential: PEM of this kind, or DER. Only the host can check whether it is valid. */
export function isCredential(text: Text, ending: string): bool {
  return text.includes(ending) || isDer(text);
}

/** Whether it is one DER sequence whose length is right. */
function isDer(text: Text): bool {
  if (text.len < 2 || load<u8>(text.ptr) !== DER_SEQUENCE) return false;
  const first = <i32>load<u8>(text.ptr + 1);
  if (first < DER_LONG_LENGTH) return text.len === 2 + first;
  const bytes = first - DER_LONG_LENGTH;
  // The length of every certificate in a string fits into three bytes.
  if (bytes > 3 || text.len < 2 + bytes) return false;
  let length = 0;
  for (let i = 0; i < bytes; i++) length = (length << 8) | load<u8>(text.ptr + 2 + i);
  return text.len === 2 + bytes + length;
}
