import type { ByteString } from "./transfer.ts";

/** A proxy that connections go through. */
export interface ProxyServer {
  readonly scheme: "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h";
  readonly hostname: string;
  readonly port: number;
  readonly username: ByteString | null;
  readonly password: ByteString | null;
}
