import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type CassetteMode,
  type CassetteOptions,
  createTestHttpBackground,
  type TestHttpBackground,
  type TestOptions,
} from "../../host/testing/index.ts";

/** The parts of an archive that tests look at. */
export interface Archive {
  readonly log: {
    readonly version: string;
    readonly _test?: string;
    readonly entries: readonly {
      readonly startedDateTime: string;
      readonly time: number;
      readonly timings: Readonly<Record<string, number>>;
      readonly serverIPAddress?: string;
      readonly request: {
        readonly method: string;
        readonly url: string;
        readonly httpVersion: string;
        readonly postData?: { readonly text: string; readonly mimeType: string };
      };
      readonly response: {
        readonly status: number;
        readonly content: { readonly text: string; readonly encoding?: string };
      };
      readonly _code?: string;
    }[];
  };
}

/** A folder of cassettes, and plugins that use them. */
export class Cassettes {
  readonly folder = mkdtempSync(join(tmpdir(), "cassettes-"));

  path(name: string): string {
    return join(this.folder, `${name}.har`);
  }

  /** Uses a cassette in this mode. Then the plugin is closed, with its checks. */
  async use<T>(
    mode: CassetteMode,
    name: string,
    test: (http: TestHttpBackground) => Promise<T>,
    { more, ...options }: TestOptions & { more?: Partial<CassetteOptions> } = {},
  ): Promise<T> {
    const cassette = { file: this.path(name), mode, ...more };
    const http = await createTestHttpBackground(undefined, { cassette, ...options });
    try {
      const result = await test(http);
      await http.close();
      return result;
    } finally {
      await http.destroy();
    }
  }

  async text(name: string): Promise<string> {
    return readFile(this.path(name), "utf8");
  }

  async archive(name: string): Promise<Archive> {
    return JSON.parse(await this.text(name)) as Archive;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
