// What scripts import from "http-background/guest".
export { makeFetch } from "./fetch/fetch.ts";
export { File } from "./files/file.ts";
export { args } from "./guest/arguments.ts";
export { Content } from "./guest/content.ts";
export { PrivateKey, X509 } from "./guest/credentials.ts";
export { echo } from "./guest/echo.ts";
export { http_background } from "./guest/http-background.ts";
export { HttpBackgroundError } from "./values/mistake.ts";
