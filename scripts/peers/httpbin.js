// Runs httpbin with gunicorn. It is an HTTP server that answers with what it got.
import { freePorts, startProgram } from "./program.js";

export async function startHttpbin(folder) {
  const [port] = await freePorts(1);
  const options = ["--bind", `127.0.0.1:${port}`, "--workers", "1", "--threads", "16", "--keep-alive", "30"];
  const args = [...options, "--worker-tmp-dir", folder, "httpbin:app"];
  await startProgram({ name: "httpbin", command: "/usr/bin/gunicorn", args, port, folder });
  return { httpbin: port };
}
