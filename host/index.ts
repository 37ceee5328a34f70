export type { Config, ThreadOptions } from "./api/config.ts";
export {
  ContentError,
  type ErrorCode,
  type ErrorSentence,
  HttpBackgroundError,
  type MistakeCode,
  TransferError,
} from "./api/errors.ts";
export type {
  CallEnd,
  CallQueued,
  CallResponse,
  CallStart,
  ConnectionClose,
  ConnectionOpen,
  ConnectionTls,
  FleetJoined,
  FleetLost,
  HopEnd,
  HopSent,
  HopStart,
  MatchedRule,
  OptionIgnored,
  PolicyDenied,
  SentHead,
} from "./api/events.ts";
export type { FileLike } from "./api/file.ts";
export type { Fleet, FleetStats } from "./api/fleet.ts";
export type { ResponseHeader, ResponseHeaders } from "./api/response-headers.ts";
export type {
  AllowRule,
  Answered,
  CallOptions,
  CallSettings,
  ClientCertificate,
  DecideFunction,
  Failed,
  FetchOptions,
  HeaderFunction,
  HostOptions,
  HttpBackground,
  Into,
  Part,
  PolicyRules,
  Post,
  Progress,
  Result,
  RuleBudget,
  RuleRequest,
  Streamed,
  StreamedResult,
  StringLike,
  ThreadStats,
} from "./api/types.ts";
export { createHttpBackground } from "./http-background.ts";
