export type { Config, ThreadOptions } from "./api/config.ts";
export { type ErrorCode, HttpBackgroundError, type MistakeCode } from "./api/errors.ts";
export type { FileLike } from "./api/file.ts";
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
} from "./api/types.ts";
export { createHttpBackground } from "./http-background.ts";
