import { KeyObject, X509Certificate } from "node:crypto";
import type { ClientCertificate as GivenCertificate } from "../../api/calls.ts";
import { refuseUnknownKeys, refuseUnseen } from "../../api/refusal.ts";
import { readIdentity } from "../route/client-certificate.ts";
import type { ClientCertificate } from "../transfer/transfer.ts";

const KEYS: readonly (keyof GivenCertificate)[] = ["x509", "privatekey", "chain"];

/**
 * The client's certificate of a rule; null if it has none.
 *
 * @throws HttpBackgroundError BAD_CONFIG, which names the key, also for one that cannot be used
 */
export function readCertificate(given: unknown, option: string): ClientCertificate | null {
  if (given === undefined) return null;
  if (typeof given !== "object" || given === null)
    return refuseUnseen(option, "must be an object with x509 and privatekey");
  refuseUnknownKeys(given, KEYS, option);
  const { x509, privatekey, chain = [] } = given as Record<keyof GivenCertificate, unknown>;
  if (!Array.isArray(chain)) return refuseUnseen(`${option}.chain`, "must be an array of certificates");
  const identity: ClientCertificate = {
    certificate: readPart(x509, `${option}.x509`),
    privateKey: readKey(privatekey, `${option}.privatekey`),
    chain: chain.map((one, index) => readPart(one, `${option}.chain[${index}]`)),
  };
  try {
    readIdentity(identity);
  } catch {
    refuseUnseen(
      option,
      "cannot be used: it cannot be read, is too weak, or its key belongs to another certificate",
    );
  }
  return identity;
}

function readPart(value: unknown, option: string): X509Certificate | Uint8Array {
  return value instanceof X509Certificate ? value : readBytes(value, option);
}

function readKey(value: unknown, option: string): Uint8Array {
  if (!(value instanceof KeyObject)) return readBytes(value, option);
  if (value.type !== "private") refuseUnseen(option, "is no private key");
  return Buffer.from(value.export({ type: "pkcs8", format: "pem" }));
}

/** A copy: the application may change its bytes. */
function readBytes(value: unknown, option: string): Uint8Array {
  if (typeof value === "string") return Buffer.from(value);
  if (value instanceof Uint8Array || value instanceof ArrayBuffer)
    return Uint8Array.from(new Uint8Array(value));
  return refuseUnseen(option, "must be text or bytes of PEM, or an object of node:crypto");
}
