export { alloc as http_background_alloc } from "./memory";
