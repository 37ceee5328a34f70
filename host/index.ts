export type { Config, ThreadOptions } from "./config.ts";
export { type ErrorCode, HttpBackgroundError, type MistakeCode } from "./errors.ts";
export type { FileLike } from "./file.ts";
export { createHttpBackground } from "./http-background.ts";
export type {
  CallOptions,
  ClientCertificate,
  HostOptions,
  HttpBackground,
  Part,
  PolicyRules,
  Post,
  Result,
  StringLike,
  ThreadStats,
} from "./types.ts";
