import { Rule } from "./table.ts";

/** The result of `applyRule` if the option counts as not set. */
export const NOT_SET: f64 = 0;

/** The largest number of seconds that fits into libcurl's milliseconds of 31 bits. */
const MAX_SECONDS: f64 = 2147483;
/** From this number on, C's conversion to a 64-bit integer gives the most negative integer. */
const INT64_LIMIT: f64 = 2.0 * <f64>((<i64>1) << 62);
/** libcurl's limit of redirects if it refuses the given value (since 8.3.0). */
const DEFAULT_HOPS: f64 = 30;

/** The whole number that the original makes of an option's value; NOT_SET if libcurl ignores it. */
export function applyRule(rule: Rule, value: f64): f64 {
  const isRepresentable = Math.abs(value) < INT64_LIMIT;
  const whole = isRepresentable ? Math.trunc(value) : -INT64_LIMIT;
  switch (rule) {
    case Rule.Seconds:
      return whole > 0 && whole <= MAX_SECONDS ? whole : NOT_SET;
    case Rule.Bytes:
      return whole > 0 ? whole : NOT_SET;
    case Rule.Hops:
      return whole < -1 ? DEFAULT_HOPS : whole;
    default:
      return value;
  }
}
