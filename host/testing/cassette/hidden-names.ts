// What is hidden in every cassette, by its name.

/** In lower case. */
export const HIDDEN_HEADERS: readonly string[] = [
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
  "x-amz-security-token",
  "api-key",
  "x-api-key",
  "x-goog-api-key",
  "x-auth-token",
  "x-access-token",
  "x-csrf-token",
];

/** Parameters of signed URLs. */
const SIGNED: ReadonlySet<string> = new Set([
  "x-amz-signature",
  "x-amz-credential",
  "x-amz-security-token",
  "x-goog-signature",
  "x-goog-credential",
  "awsaccesskeyid",
  "signature",
  "sig",
]);

/** However their words are put together: `access_token`, `accessToken`, `access-token`. */
const JOINED: ReadonlySet<string> = new Set([
  "password",
  "apikey",
  "clientsecret",
  "accesstoken",
  "refreshtoken",
  "idtoken",
  "authtoken",
]);
const LONGEST = 32;

/** Of a query or a fragment. */
export function isHiddenParameter(name: string): boolean {
  return SIGNED.has(name.toLowerCase()) || isHiddenField(name);
}

/** Of JSON or of a form. */
export function isHiddenField(name: string): boolean {
  return name.length <= LONGEST && JOINED.has(name.toLowerCase().replaceAll("_", "").replaceAll("-", ""));
}
