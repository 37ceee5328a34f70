export type {
  CallOptions,
  CallSettings,
  ClientCertificate,
  FetchOptions,
  Into,
  Part,
  Post,
  Progress,
  StringLike,
} from "./api/calls.ts";
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
export type { HostOptions, HttpBackground, ThreadStats } from "./api/http-background.ts";
export type { ResponseHeader, ResponseHeaders } from "./api/response-headers.ts";
export type { Answered, Failed, Result, Streamed, StreamedResult } from "./api/results.ts";
export type {
  AllowRule,
  DecideFunction,
  HeaderFunction,
  PolicyRules,
  RuleBudget,
  RuleRequest,
} from "./api/rules.ts";
export { createHttpBackground } from "./http-background.ts";
