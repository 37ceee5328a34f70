/** The files of the web platform tests that test what scripts in JavaScript have, and need no page. */
export const FILES: readonly string[] = [
  ...under(
    "console",
    "console-is-a-namespace console-label-conversion console-namespace-object-class-string",
  ),
  ...under("dom/abort", "AbortSignal abort-signal-any event"),
  ...under(
    "dom/events",
    "AddEventListenerOptions-once AddEventListenerOptions-passive AddEventListenerOptions-signal Event-constructors " +
      "Event-isTrusted EventTarget-add-remove-listener EventTarget-addEventListener EventTarget-constructible " +
      "EventTarget-removeEventListener",
  ),
  ...under(
    "encoding",
    "api-basics api-invalid-label api-surrogates-utf8 encodeInto textdecoder-arguments textdecoder-byte-order-marks " +
      "textdecoder-copy textdecoder-eof textdecoder-fatal-single-byte textdecoder-fatal-streaming textdecoder-fatal " +
      "textdecoder-ignorebom textdecoder-labels textdecoder-streaming textdecoder-utf16-surrogates " +
      "textencoder-constructor-non-utf textencoder-utf16-surrogates api-replacement-encodings",
  ),
  ...under(
    "fetch/api/headers",
    "header-setcookie headers-basic headers-casing headers-combine headers-errors " +
      "headers-normalize headers-record headers-structure",
  ),
  ...under(
    "fetch/api/request",
    "forbidden-method request-constructor-init-body-override request-consume-empty request-consume request-disturbed " +
      "request-error request-headers request-init-002 request-init-contenttype request-structure",
  ),
  ...under(
    "fetch/api/response",
    "json response-clone response-consume-empty response-error response-headers-guard response-init-001 " +
      "response-init-002 response-init-contenttype response-static-error response-static-json response-static-redirect",
  ),
  ...under("fetch/api/abort", "request"),
  ...under(
    "fetch/api/basic",
    "header-value-null-byte historical http-response-code request-head request-headers-nonascii response-null-body " +
      "text-utf8 scheme-about scheme-others.sub",
  ),
  ...under("fetch/api/body", "formdata mime-type"),
  ...under(
    "fetch/api/redirect",
    "redirect-back-to-original-origin redirect-count redirect-empty-location redirect-location redirect-method " +
      "redirect-mode redirect-schemes redirect-to-dataurl",
  ),
  ...under("FileAPI/blob", "Blob-array-buffer Blob-constructor Blob-slice-overflow Blob-slice Blob-text"),
  ...under("FileAPI/file", "File-constructor"),
  ...under("html/webappapis/atob", "base64"),
  ...under("html/webappapis/structured-clone", "structured-clone"),
  ...under(
    "html/webappapis/timers",
    "cleartimeout-clearinterval missing-timeout-setinterval negative-setinterval negative-settimeout " +
      "type-long-setinterval type-long-settimeout",
  ),
  ...under("html/webappapis/microtask-queuing", "queue-microtask"),
  ...under(
    "url",
    "url-constructor url-origin url-searchparams url-setters-stripping url-setters url-statics-canparse " +
      "url-tojson urlencoded-parser urlsearchparams-append urlsearchparams-constructor urlsearchparams-delete " +
      "urlsearchparams-foreach urlsearchparams-get urlsearchparams-getall urlsearchparams-has urlsearchparams-set " +
      "urlsearchparams-size urlsearchparams-sort urlsearchparams-stringifier",
  ),
  ...under("WebCryptoAPI", "getRandomValues"),
  "WebCryptoAPI/randomUUID.https.any.js",
  "WebCryptoAPI/digest/digest.https.any.js",
  "WebCryptoAPI/sign_verify/hmac.https.any.js",
];

function under(folder: string, names: string): string[] {
  return names.split(" ").map((name) => `${folder}/${name}.any.js`);
}
