// While developing, Trunk reloads the page with an inline script over a web socket, which the content security policy of the
// published page refuses. Here both are let through, in the development build alone; everything else stays as strict.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const { TRUNK_PROFILE, TRUNK_STAGING_DIR } = process.env;
if (TRUNK_PROFILE === "debug") {
  const page = join(TRUNK_STAGING_DIR, "index.html");
  const strict = readFileSync(page, "utf8");
  const loose = strict
    .replace("script-src 'self'", "script-src 'self' 'unsafe-inline'")
    .replace("connect-src 'self'", "connect-src 'self' ws:");
  writeFileSync(page, loose);
}
