import type { ErrorCode } from "./errors.ts";

/** What messages about the calls of scripts have besides. Those about calls of the application have neither. */
export interface OfRun {
  /** The number of the run, as in `RunStart`. */
  run?: number;
  /** What the application gave to the run as `tenant`; null if it gave nothing. */
  tenant?: string | null;
}

/** What every message about a call has. */
export interface CallMessage extends OfRun {
  /** Id of the thread. */
  thread: string;
  /** Number of the call. No two calls of the process have the same. */
  call: number;
}

/** `http-background:call:start`: a call begins. */
export interface CallStart extends CallMessage {
  /** The option `method`; null if it was not given. */
  method: string | null;
}

/** `http-background:call:queued`: a call that had to wait has a connection now, or one is being opened for it. */
export interface CallQueued extends CallMessage {
  /** Milliseconds since its request asked for a connection. */
  waitedMs: number;
}

/** `http-background:call:end`, with either `status` or `code`. */
export interface CallEnd extends CallMessage {
  /** The status of the last response. */
  status?: number;
  /** Why there was none; ABORTED_BY_CALLBACK if the caller ended the call. */
  code?: ErrorCode;
  /** Milliseconds since the start. */
  tookMs: number;
}

/** An entry of an allow list, as it is seen from outside. */
export interface MatchedRule {
  /** As in `http-background explain`: `https://*.example.com`, or `GET,HEAD https://api.example.com /v1/*`. */
  readonly text: string;
  /** The host that it names: `api.example.com`, `*.example.com` or `*`. */
  readonly host: string;
  /** The port that it names; null for every port. */
  readonly port: number | null;
}

/** What every message about a hop has: one request, as often as it is sent. */
export interface HopMessage extends CallMessage {
  /** 0 is the URL of the call, 1 is the first redirect. */
  hop: number;
  /** How many requests of the call began before, redirects and repetitions. */
  resend: number;
}

/** `http-background:hop:start`: a request that the policy allows asks for a connection. */
export interface HopStart extends HopMessage {
  /** As it is sent. */
  method: string;
  /** The URL without credentials and query. */
  url: string;
  scheme: "http" | "https";
  /** The host of the URL; IPv6 addresses without brackets. */
  hostname: string;
  port: number;
  /** The entry of the policy that allows it; null if there is no list. If a run has rules too, that of the runtime. */
  rule: MatchedRule | null;
  /**
   * Adds a header, such as `traceparent`, while the message is told. A header of the application with that name stays as
   * it is; that of a script is replaced. null if the policy lets no trace out, see `trace` of `AllowRule`.
   *
   * @throws TypeError for what is no header, or may not be added
   */
  addHeader: ((name: string, value: string) => void) | null;
}

/** `http-background:hop:sent`: the request has a connection, and is sent now. */
export interface HopSent extends HopMessage {
  /** Number of the connection, as in `ConnectionOpen`. */
  connection: number;
  /** What is spoken: `h2` or `http/1.1`. */
  protocol: "h2" | "http/1.1";
  /** The address of the server; null if a proxy looked the name up. */
  address: string | null;
  /** What is sent, when it is asked for: it may have credentials of the caller. */
  readHead: () => SentHead;
}

/** The head of a request, without the headers that frame it or belong to the connection. */
export interface SentHead {
  readonly method: string;
  /** Path and query; for a proxy of plain HTTP the whole URL. */
  readonly target: string;
  /** Name and value of each header. Of a secret that a rule has put in, the value is null. */
  readonly headers: readonly (readonly [name: string, value: string | null])[];
}

/** TLS of a connection. What the certificate says is the server's own word, unless it was verified. */
export interface ConnectionTls {
  /** Such as `TLSv1.3`. */
  readonly version: string;
  /** As OpenSSL calls it. */
  readonly cipher: string;
  /** The common names of the certificate's subject and issuer; null if there are none. */
  readonly subject: string | null;
  readonly issuer: string | null;
  /** Until when the certificate is valid, as OpenSSL writes it; null if there is none. */
  readonly validTo: string | null;
  /** Why the certificate is not trusted, although it is used; null if it is. */
  readonly distrust: string | null;
}

/** `http-background:hop:end`, with either `status` or `code`. */
export interface HopEnd extends HopMessage {
  /** The status of its response. */
  status?: number;
  /** Why there was none. The call may go on all the same, and send the request again. */
  code?: ErrorCode;
  /** Milliseconds since the start of the hop. */
  tookMs: number;
}

/** What messages about a connection have. `run` is the one for which it was opened; later it may serve others. */
export interface ConnectionMessage extends OfRun {
  /** Id of the thread to which it belongs. */
  thread: string;
  /** Number of the connection. No two of the process have the same. */
  connection: number;
  scheme: "http" | "https";
  /** The host for which it is good; IPv6 addresses without brackets. */
  hostname: string;
  port: number;
  /** What is spoken: `h2` or `http/1.1`. */
  protocol: "h2" | "http/1.1";
  /** The peer's address. If there is a proxy, the proxy is the peer. */
  address: string;
  /** null for plain HTTP. */
  tls: ConnectionTls | null;
  /** The entry of the policy that allowed the request for which it was opened; null if there is no list. */
  rule: MatchedRule | null;
}

/** `http-background:connection:open`: a connection is ready, TLS and all proxies included. */
export type ConnectionOpen = ConnectionMessage;

/** `http-background:connection:close`: a connection has closed whose `open` somebody could have heard. */
export interface ConnectionClose extends ConnectionMessage {
  /** Milliseconds since it was open. */
  openMs: number;
}

/** `http-background:response`: a response is complete. This includes redirects that are followed. */
export interface CallResponse extends CallMessage {
  status: number;
  /** What it came over: `h2` or `http/1.1`. */
  protocol: "h2" | "http/1.1";
  /** The URL without credentials and query. */
  url: string;
}

/** `http-background:policy:denied`: a request was refused, and why. The caller does not learn it. */
export interface PolicyDenied extends Readonly<CallMessage> {
  /** `scheme://host[:port]` of the URL that was denied, without credentials, path and query. */
  readonly origin: string;
  /** Which request was denied: 0 is the URL of the call, 1 is the first redirect. */
  readonly hop: number;
  /** False. */
  readonly allowed: boolean;
  /**
   * `block ENTRY`, or one of `default deny`, `default method`, `default path`, `default private`, `default unresolved`,
   * `option NAME`, `closed NAME`, `decide WHY`; with `run: ` before it if it is a rule of the run.
   */
  readonly rule: string;
  /** The address that was decisive; null if it was the origin. */
  readonly address: string | null;
  /** Why the rule `private` applies: the range of the address, or the kind of the name. */
  readonly range: string | null;
  /** What would allow it. */
  readonly advice: string | null;
}

/** `http-background:option:ignored`: something in a call has no effect, or not the effect that it seems to have. */
export interface OptionIgnored {
  /** Id of the thread, as the caller gave it. */
  readonly thread: string;
  /** What has no effect, such as `timout`, `headers[2]` or `post.mail.encoder`. */
  readonly option: string;
  /** A sentence for people. The only values of the call that it shows are numbers. */
  readonly reason: string;
}

/** `http-background:fleet:lost`: the server of the fleet does not answer any more, or has not answered at the start. */
export interface FleetLost {
  /** Id of the thread. */
  thread: string;
  /** The name of the fleet. */
  fleet: string;
  /** Why, for people. */
  reason: string;
  /** What holds until it answers again, as in `FleetOptions`. */
  whenLost: "share" | "open" | "closed";
}

/** `http-background:fleet:joined`: the server of the fleet answers, for the first time or again. */
export interface FleetJoined {
  /** Id of the thread. */
  thread: string;
  /** The name of the fleet. */
  fleet: string;
  /** Processes of the fleet, this one included. */
  processes: number;
  /** Milliseconds since the server was lost; 0 at the start. */
  lostMs: number;
}
