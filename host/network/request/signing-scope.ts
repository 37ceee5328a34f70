import type { ByteString } from "../transfer/byte-string.ts";
import { TransferFailure } from "../transfer/failures.ts";

/** What a signature is for. */
export interface SigningScope {
  readonly provider: ByteString;
  /** Names the headers; in the caller's spelling. */
  readonly headerProvider: ByteString;
  readonly region: ByteString;
  readonly service: ByteString;
  /** Whether AWS checks it, by rules of its own; for every other provider libcurl's are kept. */
  readonly isAws: boolean;
  /** Whether it is one of AWS's services that have keys of objects as paths. */
  readonly isS3: boolean;
}

// As curl's sscanf reads it: what does not fit ends the reading.
const PARAMETERS = /^([^:]{1,64})(?::([^:]{1,64})(?::([^:]{1,64})(?::\s*(\S{1,64}))?)?)?/;
const MAX_LABEL_LENGTH = 64;
// Those that AWS's own clients sign as they sign S3. `s3tables` and `s3vectors` are like all others.
const S3_SERVICES: ReadonlySet<string> = new Set(["s3", "s3express", "s3-outposts", "s3-object-lambda"]);

/**
 * Reads the `aws_sigv4` option: `provider1[:provider2[:region[:service]]]`. What it leaves out is in the name of the host.
 *
 * @throws TransferFailure BAD_FUNCTION_ARGUMENT without a provider, URL_MALFORMAT without a service or a region
 */
export function parseScope(parameters: ByteString, hostname: string): SigningScope {
  const [, provider, headerProvider, region, service] = PARAMETERS.exec(parameters) ?? [];
  if (provider === undefined) throw new TransferFailure("BAD_FUNCTION_ARGUMENT");
  const isAws = provider.toLowerCase() === "aws";
  const named = service ?? hostLabel(hostname, 0);
  return {
    provider,
    // AWS knows no X-Aws-Date.
    headerProvider: headerProvider ?? (isAws ? "amz" : provider),
    region: region ?? (service === undefined ? hostLabel(hostname, 1) : ""),
    service: named,
    isAws,
    isS3: isAws && S3_SERVICES.has(named.toLowerCase()),
  };
}

/** The name of a header of the provider's, in lower case. */
export function scopeHeader({ headerProvider }: SigningScope, name: "date" | "content-sha256"): string {
  return `x-${headerProvider.toLowerCase()}-${name}`;
}

/** `service.region.provider.tld`: a label that another follows. */
function hostLabel(hostname: string, index: number): string {
  const labels = hostname.split(".");
  const label = labels[index] ?? "";
  if (labels.length < index + 2 || label.length > MAX_LABEL_LENGTH)
    throw new TransferFailure("URL_MALFORMAT");
  return label;
}
