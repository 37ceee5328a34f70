import { type Destination, makeDestination } from "../../host/network/route/destination.ts";
import { ProxyVariables } from "../../host/network/route/proxy-variables.ts";
import { TlsPolicies } from "../../host/network/route/tls.ts";
import type { Transfer } from "../../host/network/transfer/transfer.ts";
import { parseUrl } from "../../host/network/url/url.ts";
import { certificates } from "./certificates.ts";

export const GET: Transfer = {
  thread: "default",
  url: "",
  method: null,
  headers: [],
  body: null,
  timeout: 0,
  connectTimeout: 0,
  maxFileSize: 0,
  redirects: 0,
  tlsVerifyPeer: true,
  tlsVerifyHost: true,
  clientCertificate: null,
  proxy: "",
  sourceip: null,
  username: null,
  password: null,
  awsSigv4: null,
};

let tlsPolicies: TlsPolicies | undefined;
const proxyVariables = new ProxyVariables({});

/** The destination of a simple GET without a proxy. It trusts the tests' authority. `changes` change the transfer. */
export function destinationOf(url: string, changes: Partial<Transfer> = {}): Destination {
  tlsPolicies ??= new TlsPolicies(certificates().authority.cert);
  return makeDestination(parseUrl(url), { ...GET, url, ...changes }, { tlsPolicies, proxyVariables });
}
