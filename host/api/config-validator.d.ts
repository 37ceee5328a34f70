/** How ajv describes one violation of `http-background.schema.json`. */
export interface Violation {
  /** JSON Pointer of the value. */
  instancePath: string;
  keyword: string;
  params: { additionalProperty?: string; missingProperty?: string; limit?: number; type?: string | string[] };
  /** The value itself. */
  data: unknown;
  /** The schema that contains the keyword. */
  parentSchema: { properties?: Record<string, object> };
}

/**
 * `scripts/config-validator.js` generates it from the schema. Loading and compiling with ajv would take 100 ms; loading
 * this takes 1 ms.
 */
export const validateConfig: {
  (config: unknown): boolean;
  /** What the last call found; null if it found nothing wrong. */
  errors: Violation[] | null;
};
