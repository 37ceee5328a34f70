import { bytes, json, redirect, silence } from "./answers.js";

const WHERE = { owner: "o", repo: "r" };

export default {
  package: "@octokit/core@7",
  make: ({ Octokit }, { base, fetch }) => new Octokit({ auth: "token", baseUrl: base, request: { fetch } }),
  calls: {
    "an object": {
      answers: [json({ name: "r" }, 200, { etag: '"x"', link: '<u>; rel="next"' })],
      run: (client) => client.request("GET /repos/{owner}/{repo}", WHERE),
    },
    "an issue with any characters": {
      answers: [json({ number: 1 }, 201)],
      run: (client) =>
        client.request("POST /repos/{owner}/{repo}/issues", { ...WHERE, title: "Grüße ☃", labels: ["a"] }),
    },
    "an answer without content": {
      answers: [(response) => response.writeHead(204).end()],
      run: (client) => client.request("DELETE /repos/{owner}/{repo}", WHERE),
    },
    "an upload of bytes": {
      answers: [json({ id: 1 }, 201)],
      run: (client) =>
        client.request("POST /upload", {
          data: Buffer.alloc(200_000, "\xfe", "latin1"),
          headers: { "content-type": "application/zip", "content-length": 200_000 },
        }),
    },
    "an archive behind a redirect": {
      answers: [redirect(302, "/archive"), bytes(Buffer.alloc(100_000, "z"))],
      run: (client) => client.request("GET /repos/{owner}/{repo}/zipball", WHERE),
    },
    "a redirect that is not followed": {
      answers: [redirect(302, "/archive")],
      run: (client) => client.request("GET /x", { request: { redirect: "manual" } }),
    },
    "an answer that has not changed": {
      answers: [(response) => response.writeHead(304, { etag: '"x"' }).end()],
      run: (client) => client.request("GET /x", { headers: { "if-none-match": '"x"' } }),
    },
    "an error": {
      answers: [json({ message: "Not Found", errors: [{ code: "missing" }] }, 404)],
      run: (client) => client.request("GET /x"),
    },
    "a query of GraphQL": {
      answers: [json({ data: { viewer: { login: "me" } } })],
      run: (client) => client.graphql("query { viewer { login } }"),
    },
    "an aborted call": {
      answers: [silence],
      run: (client, { whenAsked }) => {
        const controller = new AbortController();
        whenAsked().then(() => controller.abort());
        return client.request("GET /x", { request: { signal: controller.signal } });
      },
      isAbandoned: true,
    },
  },
};
