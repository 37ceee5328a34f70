export type { CassetteMode } from "./cassette/cassette.ts";
export {
  cassetteOf,
  type ExpectState,
  type NamedCassette,
  type NodeTest,
  type VitestTest,
} from "./cassette/cassette-name.ts";
export type { CassetteOptions } from "./cassette/cassette-options.ts";
export type { CassetteRequest, Comparison, MatchOptions } from "./cassette/match.ts";
export type { RedactOptions } from "./cassette/redaction.ts";
export { scrubCassette } from "./cassette/scrub.ts";
export { createTestClock, type TestClock } from "./clock/test-clock.ts";
export type { Fake, ReplyFunction } from "./fakes/fake.ts";
export type { PartPattern, RequestPattern, ValuePattern } from "./fakes/pattern.ts";
export type { FaultKind, FaultOptions } from "./fakes/random-faults.ts";
export type { Reply, ReplyContent, ReplyHeaders } from "./fakes/reply.ts";
export { type HttpMatchers, httpMatchers, type MatcherResult } from "./matchers.ts";
export { TestKitError, type TestKitErrorCode } from "./mistakes/test-kit-error.ts";
export type { TestPart } from "./request/multipart.ts";
export type { RequestHeaders, TestRequest } from "./request/test-request.ts";
export {
  createTestHttpBackground,
  type TestHttpBackground,
  type TestOptions,
} from "./test-http-background.ts";
export {
  type TestedScript,
  type TestScriptOptions,
  type TestScriptResult,
  testScript,
} from "./test-script.ts";
