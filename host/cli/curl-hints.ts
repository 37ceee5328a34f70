import { OPTION_NAMES } from "./option-values.ts";

const ONE_REQUEST = "each command makes one request";
const NO_COOKIES =
  "cookies are not kept: -i shows those of a response, and -H 'Cookie: NAME=VALUE' sends one";
const CERTIFICATE = "use -O tls_client_cert.x509=FILE -O tls_client_cert.privatekey=FILE";
const NO_RETRY = "a request is made once: the exit code 1 says that it failed";
const ONLY_BASIC = "credentials are sent as Basic (-u), or sign the request (-O aws_sigv4=…)";
const NO_PINNING = "write the address into the URL, and the name into -H 'Host: NAME'";
const FAMILY = "-O sourceip=ADDRESS connects to addresses of its family only";
const KEEPS_METHOD = "use -X POST: a method that is given stays after a redirect";
const FILE_NAME = "use -o FILE";
const NO_BUFFER = "leave it out: content is printed while it comes";

/** What to write instead of flags that the curl command has, and `call` has not. */
const HINTS: readonly (readonly [name: string, short: string, hint: string])[] = [
  ["anyauth", "", ONLY_BASIC],
  ["aws-sigv4", "", "use -O aws_sigv4=PROVIDER -u KEY:SECRET"],
  ["basic", "", "leave it out: -u is always sent as Basic"],
  ["capath", "", "use --cacert FILE"],
  ["cert", "E", CERTIFICATE],
  ["ciphers", "", "use the variable NODE_OPTIONS=--tls-cipher-list=LIST"],
  ["", "K", "flags are not read from a file; --config names the threads"],
  ["connect-to", "", NO_PINNING],
  ["continue-at", "C", "use -H 'Range: bytes=N-'"],
  ["cookie", "b", "use -H 'Cookie: NAME=VALUE'"],
  ["cookie-jar", "c", NO_COOKIES],
  ["create-dirs", "", "make the folder first"],
  ["data-ascii", "", "use -d"],
  ["data-urlencode", "", "escape the value yourself, and use --data-raw"],
  ["digest", "", ONLY_BASIC],
  ["disable", "q", "leave it out: no file of settings is read"],
  ["dump-header", "D", "use -i, or -v for standard error"],
  ["etag-compare", "", "use -H 'If-None-Match: ETAG'"],
  ["etag-save", "", "use -i, which shows the ETag"],
  ["fail-with-body", "", "use --fail, which prints the content unless there is --raw, -i or -o"],
  ["file", "", "--fail is what -f of curl is"],
  ["form-string", "", "use -F"],
  ["get", "G", "write the data into the query of the URL"],
  ["globoff", "g", "leave it out: brackets and braces of a URL are always taken as they are"],
  ["http0.9", "", "use -O http_version=1.1"],
  ["http1.0", "0", "use -O http_version=1.1"],
  ["http1.1", "", "use -O http_version=1.1"],
  ["http2", "", "leave it out: HTTP/2 is used over TLS if the server has it"],
  ["http2-prior-knowledge", "", "HTTP/2 is used over TLS only"],
  ["http3", "", "there is HTTP/1.1 and HTTP/2 only"],
  ["interface", "", "use -O sourceip=NAME"],
  ["ipv4", "4", FAMILY],
  ["ipv6", "6", FAMILY],
  ["junk-session-cookies", "j", NO_COOKIES],
  ["key", "", CERTIFICATE],
  ["limit-rate", "", "the rate cannot be limited"],
  ["location-trusted", "", "use -L: credentials do not go to another host"],
  ["max-filesize", "", "use -O max_file_size=BYTES"],
  ["max-redirs", "", "use -O redirects=NUMBER"],
  ["negotiate", "", ONLY_BASIC],
  ["netrc", "n", "use -u USER:PASSWORD"],
  ["next", ":", ONE_REQUEST],
  ["no-buffer", "N", NO_BUFFER],
  ["no-progress-meter", "", "use -s"],
  ["noproxy", "", "use the variable no_proxy"],
  ["ntlm", "", ONLY_BASIC],
  ["oauth2-bearer", "", "use -H 'Authorization: Bearer TOKEN'"],
  ["output-dir", "", FILE_NAME],
  ["parallel", "Z", ONE_REQUEST],
  ["post301", "", KEEPS_METHOD],
  ["post302", "", KEEPS_METHOD],
  ["post303", "", KEEPS_METHOD],
  ["progress-bar", "#", "leave it out: a terminal shows the progress"],
  ["proxy-user", "U", "write it into the URL: -x http://USER:PASSWORD@HOST:PORT"],
  ["range", "r", "use -H 'Range: bytes=FIRST-LAST'"],
  ["referer", "e", "use -H 'Referer: URL'"],
  ["remote-header-name", "J", FILE_NAME],
  ["remote-name", "", FILE_NAME],
  ["remote-name-all", "", FILE_NAME],
  ["resolve", "", NO_PINNING],
  ["retry", "", NO_RETRY],
  ["retry-all-errors", "", NO_RETRY],
  ["retry-connrefused", "", NO_RETRY],
  ["retry-delay", "", NO_RETRY],
  ["retry-max-time", "", NO_RETRY],
  ["show-error", "S", "leave it out: errors are always shown"],
  ["socks4", "", "use -x socks4://HOST:PORT"],
  ["socks4a", "", "use -x socks4a://HOST:PORT"],
  ["socks5", "", "use -x socks5://HOST:PORT"],
  ["socks5-hostname", "", "use -x socks5h://HOST:PORT"],
  ["speed-limit", "Y", "use -m SECONDS"],
  ["speed-time", "y", "use -m SECONDS"],
  ["stderr", "", "use 2>FILE"],
  ["time-cond", "z", "use -H 'If-Modified-Since: DATE'"],
  ["tlsv1.2", "1", "use the variable NODE_OPTIONS=--tls-min-v1.2"],
  ["tlsv1.3", "", "use the variable NODE_OPTIONS=--tls-min-v1.3"],
  ["trace", "", "use -v"],
  ["trace-ascii", "", "use -v"],
  ["unix-socket", "", "connections are those of TCP"],
  ["upload-file", "T", "use -X PUT -f FILE"],
  ["url", "", "write ID and URL without a flag"],
  ["url-query", "", "write it into the query of the URL"],
];

/**
 * What somebody who knows the curl command, or the names of options, can write instead of a flag.
 *
 * @param flag without its dashes
 * @param isKnown whether there is such a flag, and it has no value
 */
export function curlHint(flag: string, isKnown: boolean): string | undefined {
  const known = HINTS.find(([name, short]) => flag !== "" && (flag === name || flag === short));
  if (known !== undefined) return known[2];
  if (isKnown) return undefined;
  const option = flag.replaceAll("-", "_");
  return OPTION_NAMES.includes(option) ? `use -O ${option}=VALUE` : undefined;
}
