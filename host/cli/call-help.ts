/** What `http-background call --help` prints. */
export const HELP = `Usage: http-background call ID URL [-O NAME=VALUE …] [-X METHOD] [-H LINE …]
                            [-d DATA | --json DATA | -f FILE | -F NAME=VALUE …]
                            [-i] [-v] [-w FORMAT] [--raw] [-o FILE] [--fail] [--compressed]
                            [--config FILE] [--cacert FILE]

Makes one request and prints {"status", "content"} or {"error", "code"} as JSON. Content that is not UTF-8 is
printed as {"base64"}.

  ID                     a thread of the configuration; without --config any name
  -O, --option NAME=VALUE
                         sets an option of the call; headers and tls_client_cert.chain may be repeated
      --config FILE      Halon's smtpd.yaml, or {"threads": […]} as YAML or JSON
  -h, --help             prints this help

What is sent:
  -X, --request METHOD   the method, as -O method=METHOD
  -H, --header LINE      a header "Name: value"; "Name:" removes one, "Name;" sends it empty; @FILE reads lines
  -d, --data DATA        sends a string; @FILE sends what a file has, without line breaks; several are joined by &
      --data-raw DATA    the same, also if it begins with @
      --data-binary DATA the same as -d, with the line breaks of the file
      --json DATA        sends JSON and asks for it; @FILE reads a file
  -f, --file FILE        sends a file, which is streamed; - means standard input
  -F, --form NAME=VALUE  sends a field of a form. NAME=@FILE sends a file, NAME=<FILE the content of a file
                         as text. You can append ;type=TYPE ;filename=NAME ;encoder=ENCODER
  -u, --user USER:PASSWORD
                         as -O username=USER -O password=PASSWORD
  -A, --user-agent NAME  as -H "User-Agent: NAME"
  -I, --head             the method HEAD, and -i
  -L, --location         follows at most 50 redirects, as -O redirects=50
  -x, --proxy URL        as -O proxy=URL
  -m, --max-time SECONDS limits everything, also what is read before; fractions are allowed
      --connect-timeout SECONDS
                         as -O connect_timeout=SECONDS
      --cacert FILE      trusts the certificates in this file (PEM) instead of the system's
  -k, --insecure         trusts any certificate

What is printed:
      --raw              only the content, byte for byte, while it comes; an error goes to standard error
  -o, --output FILE      writes the content there while it comes, and prints {"status"} alone. The file takes its
                         name when all is written. - is the same as --raw
  -i, --include          as --raw, with the head of the response before the content
      --fail             ends with 22 if the status is 400 or more, with --raw, -i and -o without content
      --compressed       asks for compressed content, and takes the compression off: gzip, deflate, br, and zstd
                         from Node 22.15 on
  -v, --verbose          tells on standard error of connections, TLS, the version of HTTP, and both heads
  -w, --write-out FORMAT prints figures at the end, such as '%{http_code} %{time_total}\\n'; %{json} are all of them
  -s, --silent           shows no progress

Options (see docs/options.md):
  timeout, connect_timeout (seconds), max_file_size (bytes), redirects      numbers
  tls_verify_peer, tls_verify_host                                          true or false
  method, username, password, aws_sigv4, encoder, proxy, sourceip           text
  http_version                                                              1.1 or 2
  headers                                                                   one header, or a JSON array
  tls_client_cert.x509, tls_client_cert.privatekey, tls_client_cert.chain   PEM files
  tls_client_cert                                                           all three, as JSON with texts in PEM

Exit codes: 0 the server answered, with any status; 1 the request failed; 2 the command was wrong, or its output
cannot be written; 22 the status was 400 or more, with --fail; 130, 143 SIGINT or SIGTERM ended the command.

Examples:
  http-background call default 'https://httpbin.org/get?a=b' -O timeout=5
  http-background call default https://httpbin.org/post -F field1=test -F 'mail=@mail.eml;encoder=base64'
  http-background call default https://httpbin.org/post --json '{"a": 1}' -H 'X-Key: 5' -i
`;
