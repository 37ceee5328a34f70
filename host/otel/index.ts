export { isOwnRequest } from "../network/http1/own-requests.ts";
export type { TelemetryOptions } from "./options.ts";
export { startTelemetry, type Telemetry } from "./telemetry.ts";
