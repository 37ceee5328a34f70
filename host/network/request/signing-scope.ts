import type { ByteString } from "../transfer/byte-string.ts";
import { TransferFailure } from "../transfer/failures.ts";

/** The service for which a request is signed. */
export interface SigningScope {
  readonly provider: ByteString;
  /** The provider in the names of headers, in the caller's spelling. */
  readonly headerProvider: ByteString;
  readonly region: ByteString;
  readonly service: ByteString;
  /** Whether AWS checks the signature, by its own rules. For other providers we use libcurl's rules. */
  readonly isAws: boolean;
  /** Whether it is a service of AWS whose paths are keys of objects. */
  readonly isS3: boolean;
}

// Like curl's sscanf: reading ends at the first part that does not fit.
const PARAMETERS = /^([^:]{1,64})(?::([^:]{1,64})(?::([^:]{1,64})(?::\s*(\S{1,64}))?)?)?/;
const MAX_LABEL_LENGTH = 64;
// Services that AWS's own clients sign like S3. `s3tables` and `s3vectors` are signed like all other services.
const S3_SERVICES: ReadonlySet<string> = new Set(["s3", "s3express", "s3-outposts", "s3-object-lambda"]);

/**
 * Reads the option `aws_sigv4`: `provider1[:provider2[:region[:service]]]`. Missing parts come from the name of the
 * host.
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
    // AWS has no header X-Aws-Date.
    headerProvider: headerProvider ?? (isAws ? "amz" : provider),
    region: region ?? (service === undefined ? hostLabel(hostname, 1) : ""),
    service: named,
    isAws,
    isS3: isAws && S3_SERVICES.has(named.toLowerCase()),
  };
}

/** The name of a header of the provider, in lower case. */
export function scopeHeader({ headerProvider }: SigningScope, name: "date" | "content-sha256"): string {
  return `x-${headerProvider.toLowerCase()}-${name}`;
}

/** A label of `service.region.provider.tld` that is not the last one. */
function hostLabel(hostname: string, index: number): string {
  const labels = hostname.split(".");
  const label = labels[index] ?? "";
  if (labels.length < index + 2 || label.length > MAX_LABEL_LENGTH)
    throw new TransferFailure("URL_MALFORMAT");
  return label;
}
