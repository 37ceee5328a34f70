/** Who makes the metrics and spans. */
export const SCOPE = "http-background";

/** Attributes of OpenTelemetry's semantic conventions. */
export const ATTRIBUTES = {
  method: "http.request.method",
  methodOriginal: "http.request.method_original",
  resendCount: "http.request.resend_count",
  status: "http.response.status_code",
  connectionState: "http.connection.state",
  errorType: "error.type",
  address: "server.address",
  port: "server.port",
  scheme: "url.scheme",
  url: "url.full",
  protocolVersion: "network.protocol.version",
  peerAddress: "network.peer.address",
  peerPort: "network.peer.port",
} as const;

/** Our own attributes. */
export const OWN_ATTRIBUTES = {
  thread: "http_background.thread",
  call: "http_background.call",
  connection: "http_background.connection",
  timeInQueue: "http_background.time_in_queue",
  rule: "http_background.rule",
  origin: "http_background.origin",
  run: "http_background.run",
  script: "http_background.script",
  entry: "http_background.entry",
  tenant: "http_background.tenant",
  outcome: "http_background.outcome",
  state: "http_background.state",
} as const;

/** Metrics of OpenTelemetry's semantic conventions. */
export const METRICS = {
  requestDuration: "http.client.request.duration",
  activeRequests: "http.client.active_requests",
  openConnections: "http.client.open_connections",
  connectionDuration: "http.client.connection.duration",
  eventLoopDelay: {
    min: "nodejs.eventloop.delay.min",
    max: "nodejs.eventloop.delay.max",
    mean: "nodejs.eventloop.delay.mean",
    p50: "nodejs.eventloop.delay.p50",
    p90: "nodejs.eventloop.delay.p90",
    p99: "nodejs.eventloop.delay.p99",
  },
} as const;

/** Our own metrics. */
export const OWN_METRICS = {
  timeInQueue: "http_background.request.time_in_queue",
  denials: "http_background.denials",
  calls: "http_background.calls",
  runDuration: "http_background.run.duration",
  runCpu: "http_background.run.cpu.time",
  pendingCpu: "http_background.run.cpu.pending",
  runs: "http_background.runs",
  parked: "http_background.run.parked",
  memoryUsage: "http_background.memory.usage",
  memoryLimit: "http_background.memory.limit",
  workers: "http_background.workers",
  leases: "http_background.fleet.leases",
  processes: "http_background.fleet.processes",
  joined: "http_background.fleet.joined",
} as const;

/** What stands for values that are not told one by one. */
export const OTHER = "_OTHER";

/** The buckets of requests in seconds, as the conventions advise. */
export const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** The buckets of connections in seconds, as the conventions advise. */
export const CONNECTION_BUCKETS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

/** The buckets of runs in seconds: some wait for days. */
export const RUN_BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600, 86_400,
];
