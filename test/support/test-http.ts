import { createTestHttpBackground, type TestHttpBackground } from "../../host/testing/index.ts";

/** A plugin without a network, for one test. It is destroyed at the end, without a check. */
export async function withTestHttp(
  test: (http: TestHttpBackground) => Promise<void>,
  ...args: Parameters<typeof createTestHttpBackground>
): Promise<void> {
  const http = await createTestHttpBackground(...args);
  try {
    await test(http);
  } finally {
    await http.destroy();
  }
}
