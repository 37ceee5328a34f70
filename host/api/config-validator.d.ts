/** What ajv says of one violation of `http-background.schema.json`. */
export interface Violation {
  /** JSON Pointer of the value. */
  instancePath: string;
  keyword: string;
  params: { additionalProperty?: string; missingProperty?: string; limit?: number; type?: string };
  /** The value itself. */
  data: unknown;
  /** The schema that the keyword stands in. */
  parentSchema: { properties?: Record<string, object> };
}

/** Generated from the schema by `scripts/config-validator.js`: ajv takes 100 ms to load and compile, this takes 1. */
export const validateConfig: {
  (config: unknown): boolean;
  /** Of the last call; null if there was none. */
  errors: Violation[] | null;
};
